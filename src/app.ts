import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import autoload from '@fastify/autoload'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import { MAX_URL_BYTES } from './core/limits.ts'
import './http/client.ts'
import type { Config } from './config/config.ts'
import { newAjv } from './json/json-schema.ts'
import arrival from './plugins/arrival.ts'
import { admit, identify } from './plugins/auth.ts'
import compress from './plugins/compress.ts'
import cors from './plugins/cors.ts'
import docs from './plugins/docs.ts'
import errors, { answerError } from './plugins/errors.ts'
import framing from './plugins/framing.ts'
import json from './plugins/json.ts'
import methods from './plugins/methods.ts'
import negotiate from './plugins/negotiate.ts'
import pressure from './plugins/pressure.ts'
import rateLimit from './plugins/rate-limit.ts'
import requestId, { requestIdOf } from './plugins/request-id.ts'
import securityHeaders from './plugins/security-headers.ts'
import type { Runtime } from './runtime.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly runtime: Runtime
  }
}

/**
 * What an app serves: everything, or with `server.operationsPort` either the operations (health, metrics, sources) or
 * all else.
 */
export type Part = 'all' | 'public' | 'operations'

/**
 * Builds the request handler over a runtime: plugins in order, then the routes. It never listens; service.ts owns the
 * servers. `app.routing` serves a request once `app.ready()` has resolved.
 */
export async function buildApp(runtime: Runtime, part = publicPart(runtime.config)): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: runtime.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // our log lines contain the request's id anyway; a child logger for each request would only cost time
    childLoggerFactory: (logger) => logger,
    genReqId: requestIdOf,
    trustProxy: trustOf(runtime.config) as string[],
    frameworkErrors: answerError,
    bodyLimit: runtime.config.server.maxBodyBytes,
    // a variable of a view's path may take what the URL may
    routerOptions: { maxParamLength: MAX_URL_BYTES, ignoreTrailingSlash: true },
  })
  app.decorate('runtime', runtime)
  app.decorate('cors', null)
  app.decorateRequest('client', null)
  app.decorateRequest('arrival', null)
  runtime.retain()
  app.addHook('onClose', async () => runtime.release())
  // src/aggregate/query.ts parses and validates the query; Fastify validates only bodies
  app.setValidatorCompiler(({ schema, httpPart }) =>
    httpPart === 'body' ? newAjv().compile(schema as object) : () => true,
  )
  app.setSerializerCompiler(() => JSON.stringify)
  app.removeContentTypeParser('text/plain')
  try {
    if (part === 'operations') await registerOperations(app)
    else await registerPublic(app, part)
    app.refuseOtherMethods()
    await app.ready()
  } catch (error) {
    await app.close()
    throw error
  }
  return app
}

/**
 * Whom to believe about the client. Since 5.12 Fastify believes nobody where a number is given, because a direct client
 * could claim anything: the number says that there are as many proxies, and that no client reaches us past them.
 */
function trustOf({ server: { trustProxy } }: Config) {
  return typeof trustProxy === 'number' ? (_address: string, hop: number) => hop < trustProxy : trustProxy
}

/** What the app on `server.port` serves. */
function publicPart({ server }: Config): Part {
  return server.operationsPort === null ? 'all' : 'public'
}

/** Adds what every answer needs, also one that refuses the request. */
async function registerFirst(app: FastifyInstance): Promise<void> {
  await app.register(errors)
  await app.register(arrival)
  await app.register(requestId)
  await app.register(securityHeaders)
}

/** Adds the plugins in order, then the routes. */
async function registerPublic(app: FastifyInstance, part: Part): Promise<void> {
  await registerFirst(app)
  await app.register(json)
  await app.register(cors)
  await app.register(framing)
  const { authenticator } = app.runtime
  if (authenticator !== null) await app.register(identify)
  // between the two: whoever has no valid credential is limited, too, by address
  await app.register(rateLimit)
  if (authenticator !== null) await app.register(admit)
  await app.register(negotiate)
  await app.register(pressure)
  await app.register(methods)
  if (app.runtime.config.server.compress) await app.register(compress)
  await app.register(docs)
  await app.register(autoload, { ...ROUTES, ...(part === 'public' ? { ignorePattern: /operations/ } : {}) })
}

/** The same for the operations port. Without authentication, limits and pages: only operators reach it. */
async function registerOperations(app: FastifyInstance): Promise<void> {
  await registerFirst(app)
  await app.register(framing)
  await app.register(negotiate)
  await app.register(methods)
  await app.register(autoload, { ...ROUTES, dir: join(ROUTES.dir, 'operations') })
}

const ROUTES = { dir: fileURLToPath(new URL('../routes', import.meta.url)), dirNameRoutePrefix: false }
