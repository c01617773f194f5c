import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, RouteOptions } from 'fastify'
import plugin from 'fastify-plugin'
import { documentHead, documentOf } from '../openapi/document.ts'
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

type Paths = Record<string, Record<string, Schema>>

/** The OpenAPI document of what is configured, and with `server.docs` its pages: /docs, /docs/json, /docs/yaml. */
export default plugin(
  async (app) => {
    const operations: Paths = {}
    await app.register(swagger, {
      mode: 'dynamic',
      openapi: documentHead([...app.runtime.sources.values()]) as object,
      hideUntagged: true,
      transform: ({ schema, url, route }) => ({
        schema: noted(operations, url, route as RouteOptions, schema as object),
        url,
      }),
      // an operation is written whole by src/openapi: taken apart and put together again, users' schemas would suffer
      transformObject: (document) =>
        documentOf((document as { openapiObject: object }).openapiObject, operations) as never,
    })
    if (app.runtime.config.server.docs) await registerPages(app)
  },
  { name: 'docs' },
)

function noted(operations: Paths, url: string, { method, config }: RouteOptions, schema: object): object {
  const operation = config?.operation
  if (operation === undefined) return { ...schema, hide: true }
  for (const verb of [method].flat()) {
    if (verb === 'HEAD') continue
    operations[url] = { ...operations[url], [verb.toLowerCase()]: operation }
  }
  return { ...schema, tags: operation.tags }
}

async function registerPages(app: FastifyInstance): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: POLICY,
    uiConfig: { docExpansion: 'list', displayRequestDuration: true, defaultModelsExpandDepth: 0, validatorUrl: null },
    theme: { title: 'Tributary' },
  })
}
