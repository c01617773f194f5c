import { readFile } from 'node:fs/promises'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, RouteOptions } from 'fastify'
import plugin from 'fastify-plugin'
import { entryOf } from '../aggregate/menu.ts'
import { documentOf, INFO, OPENAPI, type Paths } from '../openapi/document.ts'
import { PROBLEMS_PATH } from '../openapi/problems.ts'
import { problemsPage } from '../openapi/problems-page.ts'
import type { Schema } from '../openapi/schemas.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the document says of the route: an OpenAPI operation; a route without one is not in the document. */
    operation?: Schema
  }
}

/** Strict, but for the styles that Swagger UI writes into elements. Nothing is loaded from anywhere else. */
const POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
}

const CSS = new URL('docs.css', import.meta.url)
const PROBLEMS_CSS = new URL('problems.css', import.meta.url)

/** The OpenAPI document of what is configured, and with `server.docs` its pages: /docs, /docs/json, /docs/yaml, /docs/problems. */
export default plugin(
  async (app) => {
    const { config, sources } = app.runtime
    const paths: Record<string, Record<string, Schema>> = {}
    await app.register(swagger, {
      mode: 'dynamic',
      openapi: { openapi: OPENAPI, info: INFO },
      hideUntagged: true,
      transform: ({ schema, url, route }) => ({
        schema: noted(paths, url, route as RouteOptions, schema as object),
        url,
      }),
      // all of it is ours: taken apart and put together again by the plugin, users' schemas would suffer
      transformObject: () => documentOf(config, sources.values(), paths) as never,
    })
    if (!config.server.docs) return
    await registerPages(app)
    await registerProblems(app)
  },
  { name: 'docs' },
)

function noted(
  paths: Record<string, Paths[string]>,
  url: string,
  { method, config }: RouteOptions,
  schema: object,
): object {
  const operation = config?.operation
  if (operation === undefined) return { ...schema, hide: true }
  for (const verb of [method].flat()) {
    if (verb === 'HEAD') continue
    paths[url] = { ...paths[url], [verb.toLowerCase()]: operation }
  }
  return { ...schema, tags: operation.tags }
}

async function registerPages(app: FastifyInstance): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: POLICY,
    uiConfig: {
      layout: 'BaseLayout',
      docExpansion: 'list',
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0,
      validatorUrl: null,
    },
    theme: { title: 'Tributary', css: [{ filename: 'docs.css', content: await readFile(CSS, 'utf8') }] },
  })
}

/** The page of all problems. Its examples are of the first sources that clients can ask. */
async function registerProblems(app: FastifyInstance): Promise<void> {
  const visible = [...app.runtime.sources.values()].filter((source) => source.isVisible).map(entryOf)
  const { html, policy } = problemsPage(visible, await readFile(PROBLEMS_CSS, 'utf8'))
  app.get(PROBLEMS_PATH, { schema: { hide: true } }, (_request, reply) =>
    reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(html),
  )
}
