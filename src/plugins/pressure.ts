import type { FastifyReply } from 'fastify'
import plugin from 'fastify-plugin'
import { Problem } from '../problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route's answers count as work that is bounded by `server.maxInFlight`. */
    bounded?: boolean
  }
}

/** Bounds the answers in work: one above is refused at once, since an answer that waits only gets later. */
export default plugin(
  async (app) => {
    const { lifecycle, config } = app.runtime
    const { maxInFlight } = config.server
    app.addHook('onRequest', async (request, reply) => {
      if (lifecycle.phase === 'draining') reply.header('connection', 'close')
      if (request.routeOptions.config.bounded !== true) return
      if (lifecycle.inFlight >= maxInFlight) {
        throw new Problem('overloaded', `${maxInFlight} answers are in work, which is the limit; try again soon.`, {
          retryAfterSeconds: 1,
        })
      }
      count(reply)
    })

    function count(reply: FastifyReply): void {
      lifecycle.inFlight += 1
      reply.raw.once('close', () => {
        lifecycle.inFlight -= 1
      })
    }
  },
  { name: 'pressure', dependencies: ['errors'] },
)
