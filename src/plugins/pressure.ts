import type { FastifyReply, FastifyRequest } from 'fastify'
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
    const freeing = new WeakMap<FastifyRequest, () => void>()
    app.addHook('onRequest', async (request, reply) => {
      if (lifecycle.phase === 'draining') reply.header('connection', 'close')
      if (request.routeOptions.config.bounded !== true) return
      if (lifecycle.inFlight >= maxInFlight) {
        throw new Problem('overloaded', `${maxInFlight} answers are in work, which is the limit; try again soon.`, {
          retryAfterSeconds: 1,
        })
      }
      count(request, reply)
    })
    // what is written is work no more: who reads slowly, or not at all, holds a buffer and not a place
    app.addHook('onSend', async (request) => freeing.get(request)?.())

    function count(request: FastifyRequest, reply: FastifyReply): void {
      lifecycle.inFlight += 1
      const free = (): void => {
        if (freeing.delete(request)) lifecycle.inFlight -= 1
      }
      freeing.set(request, free)
      reply.raw.once('close', free)
    }
  },
  { name: 'pressure', dependencies: ['errors'] },
)
