import type { FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { Cors } from '../http/cors.ts'
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
    const { server, sources } = app.runtime.config
    if (server.cors === null) return
    const all = [...sources.values()]
    const cors = new Cors(
      server.cors,
      all.flatMap((source) => source.forwardHeaders),
      all.flatMap((source) => source.exposeHeaders),
    )
    app.cors = cors
    app.addHook('onRequest', async (request, reply) => {
      addCorsHeaders(request, reply)
      const methods = preflightMethods(request) ?? hiddenMethods(request)
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
 * With authentication, a preflight for an unknown path is answered like one for a view: preflights have no credential,
 * and nobody without one may learn the names of views.
 */
function hiddenMethods(request: FastifyRequest): string | null {
  const isHidden = request.server.runtime.config.server.auth !== null && request.is404
  return isHidden && isPreflight(request) ? 'GET, HEAD' : null
}

/** The methods of the path if the request is a preflight for a known path; else null. */
function preflightMethods(request: FastifyRequest): string | null {
  if (!isPreflight(request)) return null
  return request.routeOptions.config.allow?.replace('OPTIONS, ', '').replace(', OPTIONS', '') ?? null
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers
}
