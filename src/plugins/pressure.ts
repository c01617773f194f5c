import { getHeapStatistics } from 'node:v8'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { Problem } from '../problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route's answers count as work that is bounded by `server.maxInFlight`. */
    bounded?: boolean
  }
}

/** Heap and event loop are looked at this often. */
const SAMPLE_MS = 100
/** In so many looks in a row; one stall, or garbage that is about to be collected, is no overload. */
const STRAINED_SAMPLES = 3
/** Share of the heap's limit. V8 collects ever more often near the limit, and ends the process at it. */
export const MAX_HEAP_SHARE = 0.85
/** How long a turn of the event loop takes, on average, where nothing can be answered in time any more. */
export const MAX_LOOP_DELAY_MS = 300

/**
 * Refuses work that there is no room for, at once, since an answer that waits only gets later: above `maxInFlight`
 * answers in work, or where the heap is nearly full or the event loop is late.
 */
export default plugin(
  async (app) => {
    const { lifecycle, config } = app.runtime
    const { maxInFlight } = config.server
    const freeing = new WeakMap<FastifyRequest, () => void>()
    await watchProcess(app)
    app.addHook('onRequest', async (_request, reply) => {
      if (lifecycle.phase === 'draining') reply.header('connection', 'close')
    })
    // not onRequest: a request that is still arriving is no work yet, and its client may take its time
    app.addHook('preValidation', async (request, reply) => {
      if (request.routeOptions.config.bounded !== true) return
      const reason = lifecycle.overload(maxInFlight)
      if (reason !== null) throw new Problem('overloaded', `${reason} Try again soon.`, { retryAfterSeconds: 1 })
      count(request, reply)
    })
    // release the slot in onSend, not on close: a slow reader costs a buffer, not a slot
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

/** Notes in the lifecycle whether the process is short of memory or time. */
async function watchProcess(app: FastifyInstance): Promise<void> {
  // without thresholds of its own: it only measures
  await app.register(underPressure, { sampleInterval: SAMPLE_MS })
  const { lifecycle } = app.runtime
  const maxHeapBytes = MAX_HEAP_SHARE * getHeapStatistics().heap_size_limit
  let strained = 0
  const timer = setInterval(() => {
    const { heapUsed, eventLoopDelay } = app.memoryUsage()
    const reason = heapUsed > maxHeapBytes ? 'memory' : eventLoopDelay > MAX_LOOP_DELAY_MS ? 'time' : null
    strained = reason === null ? 0 : strained + 1
    lifecycle.short = strained >= STRAINED_SAMPLES ? reason : null
  }, SAMPLE_MS)
  timer.unref()
  app.addHook('onClose', async () => clearInterval(timer))
}
