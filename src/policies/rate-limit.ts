import type { Call, Policy } from '../source/call.ts'
import type { Clock } from '../source/deadline.ts'
import { failure } from '../source/failure.ts'
import { cutShort, failed, type Outcome } from '../source/outcome.ts'
import { pause } from './parts/pause.ts'
import { TokenBucket } from './parts/token-bucket.ts'

/** How often a source may be asked: `max` attempts at once, and as many again in each `perMs`. */
export interface RateLimits {
  readonly max: number
  readonly perMs: number
}

/** An attempt that starts later than this before its deadline is of no use. */
const LEAST_USEFUL_MS = 5

/** Keeps our attempts below a rate. The excess waits, if it can still make it; a hedge does not wait. */
export class RateLimit {
  readonly #limits: RateLimits
  readonly #clock: Clock
  readonly #bucket: TokenBucket
  #waiting = 0

  constructor(limits: RateLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#bucket = new TokenBucket(limits, clock)
  }

  /** How many wait for their turn. */
  get queued(): number {
    return this.#waiting
  }

  readonly policy: Policy = (next) => async (call) => {
    if (call.cancel.reason !== null) return cutShort(call, call.cancel.reason)
    const { waitMs } = this.#bucket
    const leftMs = call.kind === 'hedge' ? 0 : call.deadline.at - this.#clock.now() - LEAST_USEFUL_MS
    if (waitMs > 0 && waitMs > leftMs) return this.#refused(call, waitMs)
    this.#bucket.take()
    return waitMs === 0 || (await this.#slept(call, waitMs)) ? next(call) : this.#cut(call, waitMs)
  }

  async #slept(call: Call, waitMs: number): Promise<boolean> {
    this.#waiting += 1
    const cut = await pause(waitMs, call.cancel, this.#clock)
    this.#waiting -= 1
    if (cut !== null) this.#bucket.giveBack()
    return cut === null
  }

  #cut(call: Call, waitMs: number): Outcome {
    const reason = call.cancel.reason ?? 'batch'
    return reason === 'call' ? this.#refused(call, waitMs) : cutShort(call, reason)
  }

  #refused(call: Call, waitMs: number): Outcome {
    const { max, perMs } = this.#limits
    const message = `${call.source} has its ${max} attempts per ${perMs} ms, and no more could be made in time`
    return failed(failure('connection_limit_reached', message, { retryAfterMs: waitMs }))
  }
}
