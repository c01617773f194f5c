import { readFile } from 'node:fs/promises'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, RouteOptions } from 'fastify'
import plugin from 'fastify-plugin'
import { entryOf } from '../aggregate/menu.ts'
import { documentOf, type Paths } from '../openapi/document.ts'
import { PROBLEMS_PATH, rateLimited } from '../openapi/problems.ts'
import { problemsPage } from '../openapi/problems-page.ts'
import type { Schema } from '../openapi/schemas.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route's OpenAPI operation. A route without one is not in the document. */
    operation?: Schema
    /** The path in the document and in traces, where the router writes it differently. */
    shownPath?: string
  }
}

/** Allows only our own files, and the inline styles of Swagger UI. */
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

/** The OpenAPI document, and with `server.docs` its pages: /docs, /docs/json, /docs/yaml, /docs/problems. */
export default plugin(
  async (app) => {
    const { config, sources } = app.runtime
    const paths: Record<string, Record<string, Schema>> = {}
    app.addHook('onRoute', (route) => {
      if (/^\/docs(\/|$)/.test(route.url)) route.config = { ...route.config, open: true }
      collect(paths, route, config.server)
    })
    // Not the plugin's dynamic mode: it rewrites schemas, and so changes users' schemas.
    const document = {}
    await app.register(swagger, { mode: 'static', specification: { document: document as never } })
    app.addHook('onReady', async () => {
      Object.assign(document, documentOf(config, sources.values(), paths))
    })
    if (!config.server.docs) return
    await registerPages(app)
    await registerProblems(app)
  },
  { name: 'docs' },
)

/** Whether a credential is needed and requests are limited; null for neither. */
interface Limiting {
  readonly auth: object | null
  readonly rateLimit: object | null
}

/** Adds a route's operation to the document. HEAD routes are implied by GET, so they have no operation. */
function collect(
  paths: Record<string, Paths[string]>,
  { url, method, config = {} }: RouteOptions,
  { auth, rateLimit }: Limiting,
): void {
  if (config.operation === undefined) return
  const isOpen = config.open === true
  const path = config.shownPath ?? url
  const limited = rateLimit !== null && !isOpen ? rateLimited(config.operation) : config.operation
  const operation = auth !== null && isOpen ? { ...limited, security: [] } : limited
  for (const verb of [method].flat()) {
    if (verb !== 'HEAD') paths[path] = { ...paths[path], [verb.toLowerCase()]: operation }
  }
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

/** Serves the page of all problems. Its examples use the first visible sources. */
async function registerProblems(app: FastifyInstance): Promise<void> {
  const visible = [...app.runtime.sources.values()].filter((source) => source.isVisible).map(entryOf)
  const { html, policy } = problemsPage(visible, await readFile(PROBLEMS_CSS, 'utf8'))
  app.get(PROBLEMS_PATH, (_request, reply) =>
    reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(html),
  )
}
