import type { Call, Policy, SourceCall } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import { failure } from '../core/failure.ts'
import { cutShort, failed, type Outcome } from '../core/outcome.ts'
import { TokenBucket } from './parts/token-bucket.ts'

/** How often a source may be asked: `max` attempts at once, and as many again in each `perMs`. */
export interface RateLimits {
  readonly max: number
  readonly perMs: number
}

type Waiter = () => void

/** An attempt that starts later than this before its deadline is of no use. */
const LEAST_USEFUL_MS = 5

/**
 * Keeps our attempts below a rate. The excess waits, if it can still make it: first come, first served, and who leaves
 * moves the others up. A hedge does not wait.
 */
export class RateLimit {
  readonly #limits: RateLimits
  readonly #clock: Clock
  readonly #bucket: TokenBucket
  readonly #waiters = new Set<Waiter>()
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
    return new Promise((resolve) => {
      const leave = (outcome: Promise<Outcome> | Outcome): void => {
        this.#waiters.delete(enter)
        stop()
        resolve(outcome)
      }
      const enter: Waiter = () => leave(next(call))
      this.#waiters.add(enter)
      const stop = call.cancel.onCancel((reason) => {
        leave(reason === 'call' ? this.#refused(call, this.#bucket.waitMs(1)) : cutShort(call, reason))
        this.#serve()
      })
      this.#serve()
    })
  }

  /** Lets in whom there are tokens for, and comes back when there is the next one; with nobody waiting it never does. */
  #serve(): void {
    this.#clock.clearTimeout(this.#timer)
    for (const waiter of this.#waiters) {
      if (!this.#bucket.take()) break
      waiter()
    }
    if (this.queued > 0) this.#timer = this.#clock.setTimeout(() => this.#serve(), this.#bucket.waitMs(1))
  }

  #refused(call: Call, waitMs: number): Outcome {
    const { max, perMs } = this.#limits
    const message = `${call.source} was not called: its rate limit of ${max} attempts per ${perMs} ms was reached`
    return failed(failure('connection_limit_reached', message, { retryAfterMs: waitMs }))
  }
}
