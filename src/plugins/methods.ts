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
    const methodsOf = new Map<string, Set<string>>()
    // the router looks up paths per method, so it cannot distinguish an unknown path from a wrong method
    app.addHook('onRoute', (route) => note(methodsOf, route))
    for (const method of METHODS) {
      // CONNECT has no path and never reaches the router
      if (method !== 'CONNECT' && !app.supportedMethods.includes(method)) app.addHttpMethod(method)
    }
    app.decorate('refuseOtherMethods', () => {
      for (const [url, methods] of [...methodsOf]) refuseOthersOf(app, url, methods)
    })
    app.addHook('onRequest', async (request, reply) => {
      // OPTIONS * is about the server as a whole (RFC 9110, section 9.3.7)
      if (request.method === 'OPTIONS' && request.raw.url === '*') return reply.code(204).send()
      if (request.is404) throw notFound(request)
      const { allow } = request.routeOptions.config
      if (allow === undefined) return
      reply.header('allow', allow)
      if (request.method === 'OPTIONS') return reply.code(204).send()
      throw new Problem(
        'method-not-allowed',
        `The method ${request.method} is not allowed here; allowed methods: ${allow}.`,
      )
    })
  },
  { name: 'methods', dependencies: ['errors', 'negotiate'] },
)

function note(methodsOf: Map<string, Set<string>>, { url, method }: RouteOptions): void {
  const methods = methodsOf.get(url) ?? new Set()
  methodsOf.set(url, methods)
  for (const one of [method].flat()) methods.add(one)
}

function refuseOthersOf(app: FastifyInstance, url: string, methods: ReadonlySet<string>): void {
  const allow = [...new Set([...methods, 'OPTIONS'])].sort().join(', ')
  const others = app.supportedMethods.filter((method) => !methods.has(method))
  app.route({ method: others, url, config: { allow }, handler: unreachable })
}

/* c8 ignore next 3: Fastify wants a handler, and the hook has answered before it */
function unreachable(): never {
  throw new Error('the onRequest hook answers')
}
