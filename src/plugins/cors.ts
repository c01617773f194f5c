import type { FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { Cors } from '../http/cors.ts'
import { isOpen } from './open.ts'
import { addVary } from './vary.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Null if pages of other origins may not read answers. */
    cors: Cors | null
  }
}

/**
 * Lets pages of other origins call the service (`server.cors`). Every answer has the headers; preflights are answered
 * before authentication and rate limit, because browsers send no credentials with them (Fetch standard, section 4.8).
 *
 * @fastify/cors would answer preflights before the methods of the path are known, adds a route for all paths, and does
 * not see requests that are refused before the hooks.
 */
export default plugin(
  async (app) => {
    const { server, sources, views } = app.runtime.config
    if (server.cors === null) return
    const all = [...sources.values()]
    const cors = new Cors(
      server.cors,
      all.flatMap((source) => source.forwardHeaders),
      all.flatMap((source) => source.exposeHeaders),
    )
    app.cors = cors
    const hidden = server.auth === null ? null : allMethods([...views.values()])
    app.addHook('onRequest', async (request, reply) => {
      addCorsHeaders(request, reply)
      if (!isPreflight(request)) return
      const methods = hidden === null || isOpen(request) ? methodsOf(request) : hidden
      if (methods === null) return
      return reply.headers(cors.preflightHeaders(methods)).code(204).send()
    })
  },
  { name: 'cors', dependencies: ['errors'] },
)

/** Adds the CORS headers of any answer, if CORS is configured. */
export function addCorsHeaders({ server, headers }: FastifyRequest, reply: FastifyReply): void {
  const { cors } = server
  if (cors === null) return
  reply.headers(cors.headers(headers.origin))
  if (cors.varies) addVary(reply, 'Origin')
}

/**
 * With authentication, preflights for all paths that need a credential are answered alike, known or not: preflights have
 * none, and nobody without one may learn which views there are.
 */
function allMethods(views: readonly { readonly method: string }[]): string {
  return [...new Set(['GET', 'HEAD', 'POST', ...views.map(({ method }) => method)])].sort().join(', ')
}

/** The methods of the path; null if it is unknown. */
function methodsOf({ routeOptions }: FastifyRequest): string | null {
  return routeOptions.config.allow?.replace('OPTIONS, ', '').replace(', OPTIONS', '') ?? null
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers
}
