import { fileURLToPath } from 'node:url'
import autoload from '@fastify/autoload'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import './http/client.ts'
import { newAjv } from './json/json-schema.ts'
import { admit, identify } from './plugins/auth.ts'
import compress from './plugins/compress.ts'
import docs from './plugins/docs.ts'
import errors, { answerError } from './plugins/errors.ts'
import framing from './plugins/framing.ts'
import json from './plugins/json.ts'
import methods from './plugins/methods.ts'
import negotiate from './plugins/negotiate.ts'
import pressure from './plugins/pressure.ts'
import requestId, { requestIdOf } from './plugins/request-id.ts'
import securityHeaders from './plugins/security-headers.ts'
import type { Runtime } from './runtime.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly runtime: Runtime
  }
}

/**
 * Builds the request handler over a runtime: plugins in order, then the routes. It never listens; serve.ts owns the
 * server. `app.routing` serves a request once `app.ready()` has resolved.
 */
export async function buildApp(runtime: Runtime): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: runtime.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // our log lines contain the request's id anyway; a child logger for each request would only cost time
    childLoggerFactory: (logger) => logger,
    genReqId: requestIdOf,
    trustProxy: runtime.config.server.trustProxy as string[],
    frameworkErrors: answerError,
    bodyLimit: runtime.config.server.maxBodyBytes,
    routerOptions: { maxParamLength: 128, ignoreTrailingSlash: true },
  })
  app.decorate('runtime', runtime)
  app.decorateRequest('client', null)
  runtime.retain()
  app.addHook('onClose', async () => runtime.release())
  // src/aggregate/query.ts parses and validates the query; Fastify validates only bodies
  app.setValidatorCompiler(({ schema, httpPart }) =>
    httpPart === 'body' ? newAjv().compile(schema as object) : () => true,
  )
  app.setSerializerCompiler(() => JSON.stringify)
  app.removeContentTypeParser('text/plain')
  try {
    await register(app, runtime)
  } catch (error) {
    await app.close()
    throw error
  }
  return app
}

/** Adds the plugins in order, then the routes. */
async function register(app: FastifyInstance, runtime: Runtime): Promise<void> {
  await app.register(json)
  await app.register(errors)
  await app.register(requestId)
  await app.register(securityHeaders)
  await app.register(framing)
  if (runtime.authenticator !== null) {
    await app.register(identify)
    await app.register(admit)
  }
  await app.register(negotiate)
  await app.register(pressure)
  await app.register(methods)
  if (runtime.config.server.compress) await app.register(compress)
  await app.register(docs)
  await app.register(autoload, { dir: fileURLToPath(new URL('../routes', import.meta.url)), dirNameRoutePrefix: false })
  app.refuseOtherMethods()
  await app.ready()
}
