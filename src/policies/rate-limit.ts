import type { Call, Policy, SourceCall } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import { failure } from '../core/failure.ts'
import { cutShort, failed, type Outcome } from '../core/outcome.ts'
import { TokenBucket } from './parts/token-bucket.ts'
import { LEAST_USEFUL_MS, Waiters } from './parts/waiters.ts'

/** How often a source may be asked: `max` attempts at once, and as many again in each `perMs`. */
export interface RateLimits {
  readonly max: number
  readonly perMs: number
}

/**
 * Keeps our attempts below a rate. The excess waits, if it can still make it: first come, first served, and who leaves
 * moves the others up. A hedge does not wait.
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

  /** How many wait for their turn. */
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

  /** Lets in whom there are tokens for, and comes back when there is the next one; with nobody waiting it never does. */
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
