import { Readable } from 'node:stream'
import underPressure from '@fastify/under-pressure'
import type { FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { Problem } from '../http/problem.ts'
import { SAMPLE_MS, watchShortage } from '../http/shortage.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Frees the slot of a streamed answer whose work is done; null for a request without a slot. */
    releaseSlot: (() => void) | null
  }

  interface FastifyContextConfig {
    /** Whether requests of the route count towards `server.maxInFlight`. */
    bounded?: boolean
  }
}

/**
 * Refuses requests at once while the process is overloaded: `maxInFlight` requests are in progress, the heap is nearly
 * full or the event loop is late. Queueing them would only delay all answers.
 */
export default plugin(
  async (app) => {
    const { lifecycle, config } = app.runtime
    const { maxInFlight } = config.server
    app.decorateRequest('releaseSlot', null)
    // without thresholds: it only measures
    await app.register(underPressure, { sampleInterval: SAMPLE_MS })
    const stop = watchShortage({
      loopDelayMs: () => app.memoryUsage().eventLoopDelay,
      onChange: (shortage) => {
        lifecycle.short = shortage
      },
    })
    app.addHook('onClose', async () => stop())
    app.addHook('onRequest', (_request, reply, done) => {
      if (lifecycle.phase === 'draining') reply.header('connection', 'close')
      done()
    })
    // not onRequest: a request that is still arriving must not take a slot, or slow clients would take all of them
    app.addHook('preValidation', (request, reply, done) => {
      if (request.routeOptions.config.bounded !== true) return done()
      const reason = lifecycle.overload(maxInFlight)
      if (reason !== null) throw new Problem('overloaded', `${reason} Try again soon.`, { retryAfterSeconds: 1 })
      count(request, reply)
      done()
    })
    // Release the slot in onSend, not on close: a slow reader costs a buffer, not a slot. A streamed answer keeps its
    // slot until its last record is made.
    app.addHook('onSend', (request, reply, payload, done) => {
      if (!(payload instanceof Readable)) request.releaseSlot?.()
      if (Buffer.isBuffer(payload)) countUnsent(request, reply, payload.length)
      done()
    })

    function count(request: FastifyRequest, reply: FastifyReply): void {
      lifecycle.inFlight += 1
      const free = (): void => {
        if (request.releaseSlot !== null) lifecycle.inFlight -= 1
        request.releaseSlot = null
      }
      request.releaseSlot = free
      reply.raw.once('close', free)
    }
  },
  { name: 'pressure', dependencies: ['errors'] },
)

/** Counts bytes that are about to be sent. Above the bound of the process, answers to slow clients are cut off. */
export function countUnsent({ server }: FastifyRequest, reply: FastifyReply, bytes: number): void {
  const { lifecycle, logger } = server.runtime
  const answers = lifecycle.unsent.add(reply.raw, bytes)
  if (answers > 0) logger.warn({ answers }, 'answers to slow clients were cut off')
}
