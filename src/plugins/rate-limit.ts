import plugin from 'fastify-plugin'
import { Problem } from '../http/problem.ts'
import { rateLimitKeyOf } from '../http/rate-limit-key.ts'
import { isOpen } from './open.ts'

/**
 * Bounds the requests of each client (`server.rateLimit`). Not @fastify/rate-limit, which limits in hooks of the routes:
 * these run after all hooks of the app, such as those that answer with 401, 404 and 405. Register it after what
 * answers preflights and says who the client is, and before what refuses anything.
 */
export default plugin(
  async (app) => {
    const { config, counter } = app.runtime
    const { rateLimit: limit } = config.server
    if (limit === null) return
    const rule = `A client may make ${limit.max} ${limit.max === 1 ? 'request' : 'requests'} in ${periodOf(limit.perMs)}`
    app.addHook('onRequest', async (request) => {
      if (isOpen(request)) return
      const { requests, resetMs } = await counter.count(rateLimitKeyOf(request), limit)
      if (requests <= limit.max) return
      const resetSeconds = Math.ceil(resetMs / 1000)
      const detail = `${rule}; try again in ${resetSeconds} s.`
      throw new Problem('rate-limited', detail, { retryAfterSeconds: resetSeconds })
    })
  },
  { name: 'rate-limit', dependencies: ['errors'] },
)

/** In the largest unit that gives a whole number. */
function periodOf(perMs: number): string {
  const [unit, size] = UNITS.find(([, size]) => perMs % size === 0) ?? ['ms', 1]
  return `${perMs / size} ${unit}`
}

const UNITS = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const
