import type { Call, Policy, SourceCall } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import { failure } from '../core/failure.ts'
import { cutShort, failed, type Outcome } from '../core/outcome.ts'
import { TokenBucket } from './parts/token-bucket.ts'
import { LEAST_USEFUL_MS, Waiters } from './parts/waiters.ts'

/** Attempts that a source accepts: a burst of `max`, refilled at `max` per `perMs` milliseconds. */
export interface RateLimits {
  readonly max: number
  readonly perMs: number
}

/**
 * Limits the rate of attempts. An attempt above the rate waits, first come, first served, if its turn comes before its
 * deadline; else it fails at once. When a waiter leaves, the others move up. A hedge does not wait.
 */
export class RateLimit {
  readonly #limits: RateLimits
  readonly #clock: Clock
  readonly #bucket: TokenBucket
  readonly #waiters = new Waiters()
  #timer: unknown

  constructor(limits: RateLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#bucket = new TokenBucket(limits, clock)
  }

  /** Attempts in the queue. */
  get queued(): number {
    return this.#waiters.size
  }

  readonly policy: Policy = (next) => (call) => {
    if (call.cancel.reason !== null) return Promise.resolve(cutShort(call, call.cancel.reason))
    if (this.queued === 0 && this.#bucket.take()) return next(call)
    const waitMs = this.#bucket.waitMs(this.queued + 1)
    const leftMs = call.kind === 'hedge' ? 0 : call.deadline.at - this.#clock.now() - LEAST_USEFUL_MS
    return waitMs > leftMs ? Promise.resolve(this.#refused(call, waitMs)) : this.#wait(next, call)
  }

  #wait(next: SourceCall, call: Call): Promise<Outcome> {
    const turn = this.#waiters.wait(
      call,
      () => next(call),
      (reason) => {
        const outcome = reason === 'call' ? this.#refused(call, this.#bucket.waitMs(1)) : cutShort(call, reason)
        this.#serve()
        return outcome
      },
    )
    this.#serve()
    return turn
  }

  /** Starts as many waiters as there are tokens, and sets a timer for the next token if others still wait. */
  #serve(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#waiters.letIn(() => this.#bucket.take())
    if (this.queued > 0) this.#timer = this.#clock.setTimeout(() => this.#serve(), this.#bucket.waitMs(1))
  }

  #refused(call: Call, waitMs: number): Outcome {
    const { max, perMs } = this.#limits
    const message = `${call.source} was not called: its rate limit of ${max} attempts per ${perMs} ms was reached`
    return failed(failure('connection_limit_reached', message, { retryAfterMs: waitMs }))
  }
}
