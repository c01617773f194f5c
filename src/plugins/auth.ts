import plugin from 'fastify-plugin'
import { Problem } from '../http/problem.ts'
import { isOpen } from './open.ts'
import { addVary } from './vary.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Why the request is not admitted; null if it is, or if that is not known yet. */
    refused: Problem | null
  }
}

/**
 * Finds out who sent a request: sets `request.client`, or notes why nobody. It refuses nothing yet, so that the rate
 * limit comes between and counts failed attempts, too.
 */
export const identify = plugin(
  async (app) => {
    const { authenticator } = app.runtime
    app.decorateRequest('refused', null)
    app.addHook('onRequest', async (request) => {
      if (isOpen(request) || authenticator === null) return
      const found = await authenticator.identify(request.raw.rawHeaders)
      if (found instanceof Problem) request.refused = found
      else request.client = found
    })
  },
  { name: 'identify', dependencies: ['framing'] },
)

/**
 * Refuses a request without a valid credential: also one for an unknown path, so that nobody learns which paths there
 * are. No shared cache may serve what a credential was needed for; routes may replace the Cache-Control.
 */
export const admit = plugin(
  async (app) => {
    app.addHook('onRequest', async (request, reply) => {
      if (isOpen(request)) return
      reply.header('cache-control', 'no-cache, private')
      addVary(reply, 'authorization, x-api-key')
      if (request.refused !== null) throw request.refused
    })
  },
  { name: 'admit', dependencies: ['identify'] },
)
