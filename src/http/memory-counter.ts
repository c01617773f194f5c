import type { ClientRateLimit, Count, RequestCounter } from '../core/counter.ts'
import type { Clock } from '../core/deadline.ts'

interface Period {
  readonly endsAt: number
  requests: number
}

/** The most clients that are counted apart: about 10 MB. */
export const MAX_CLIENTS = 50_000

/**
 * The most ended periods that a request removes. One would keep their number from growing, because a request adds one at
 * most. With 8, the periods of a burst are gone, and their places free, after an eighth of as many requests. More at once
 * would delay a single request.
 */
const REMOVED = 8

/**
 * Counts requests in this process. A period that runs is never forgotten, or a client could reset its own by using many
 * addresses. When `MAX_CLIENTS` periods run, further clients share some 4,000 periods, by the start of their key.
 */
export class MemoryCounter implements RequestCounter {
  readonly #clock: Clock
  readonly #maxClients: number
  /** In the order of their ends, because all have the same length. */
  readonly #periods = new Map<string, Period>()
  #limit: ClientRateLimit = { max: 0, perMs: 0 }

  constructor(clock: Clock, maxClients = MAX_CLIENTS) {
    this.#clock = clock
    this.#maxClients = maxClients
  }

  /** How many periods are kept. */
  get size(): number {
    return this.#periods.size
  }

  async count(key: string, limit: ClientRateLimit): Promise<Count> {
    if (limit.max !== this.#limit.max || limit.perMs !== this.#limit.perMs) this.#periods.clear()
    this.#limit = limit
    const now = this.#clock.now()
    this.#removeEnded(now)
    const period = this.#periodOf(key, now)
    period.requests += 1
    return { requests: period.requests, resetMs: period.endsAt - now }
  }

  #removeEnded(now: number): void {
    let left = REMOVED
    for (const [key, { endsAt }] of this.#periods) {
      if (endsAt > now || left === 0) return
      this.#periods.delete(key)
      left -= 1
    }
  }

  #periodOf(client: string, now: number): Period {
    const isFull = this.#periods.size >= this.#maxClients && !this.#periods.has(client)
    const key = isFull ? `shared ${client.slice(0, 2)}` : client
    const current = this.#periods.get(key)
    if (current !== undefined && current.endsAt > now) return current
    const started = { endsAt: now + this.#limit.perMs, requests: 0 }
    // a new entry goes to the end, a changed one would keep its place
    this.#periods.delete(key)
    this.#periods.set(key, started)
    return started
  }
}
