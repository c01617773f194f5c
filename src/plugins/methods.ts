import { METHODS } from 'node:http'
import type { FastifyInstance, RouteOptions } from 'fastify'
import plugin from 'fastify-plugin'
import { Problem } from '../http/problem.ts'
import { notFound } from './errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For a route that only refuses: the methods that its path supports, as in the Allow header. */
    allow?: string
  }

  interface FastifyInstance {
    /** Adds routes that answer all other methods of every path. Call it once, after the last route was added. */
    refuseOtherMethods(): void
  }
}

/**
 * Answers requests that match no route, before their body is read: an unknown path with 404; a known path with another
 * method with 405 and `Allow` (RFC 9110, section 15.5.6), or to OPTIONS with 204 and `Allow`.
 */
export default plugin(
  async (app) => {
    const routesOf = new Map<string, RouteOptions[]>()
    // the router looks up paths per method, so it cannot distinguish an unknown path from a wrong method
    app.addHook('onRoute', (route) => note(routesOf, route))
    for (const method of METHODS) {
      // CONNECT has no path and never reaches the router
      if (method !== 'CONNECT' && !app.supportedMethods.includes(method)) app.addHttpMethod(method)
    }
    app.decorate('refuseOtherMethods', () => {
      for (const [url, routes] of [...routesOf]) refuseOthersOf(app, url, routes)
    })
    app.addHook('onRequest', (request, reply, done) => {
      // OPTIONS * is about the server as a whole (RFC 9110, section 9.3.7)
      if (request.method === 'OPTIONS' && request.raw.url === '*') return void reply.code(204).send()
      if (request.is404) throw notFound(request)
      const { allow } = request.routeOptions.config
      if (allow === undefined) return done()
      reply.header('allow', allow)
      if (request.method === 'OPTIONS') return void reply.code(204).send()
      throw new Problem(
        'method-not-allowed',
        `The method ${request.method} is not allowed here; allowed methods: ${allow}.`,
      )
    })
  },
  { name: 'methods', dependencies: ['errors', 'negotiate'] },
)

function note(routesOf: Map<string, RouteOptions[]>, route: RouteOptions): void {
  routesOf.set(route.url, [...(routesOf.get(route.url) ?? []), route])
}

/** Where a route of the path needs no credential, the refusal needs none either. */
function refuseOthersOf(app: FastifyInstance, url: string, routes: readonly RouteOptions[]): void {
  const methods = new Set(routes.flatMap(({ method }) => method))
  const allow = [...new Set([...methods, 'OPTIONS'])].sort().join(', ')
  const others = app.supportedMethods.filter((method) => !methods.has(method))
  const open = routes.some(({ config }) => config?.open === true)
  const shownPath = routes.find(({ config }) => config?.shownPath !== undefined)?.config?.shownPath
  const config = { allow, open, ...(shownPath === undefined ? {} : { shownPath }) }
  app.route({ method: others, url, config, handler: unreachable })
}

/* c8 ignore next 3: Fastify wants a handler, and the hook has answered before it */
function unreachable(): never {
  throw new Error('the onRequest hook answers')
}
