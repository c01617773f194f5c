import type { Clock } from '../../core/deadline.ts'

/** Size and refill time of a bucket. */
export interface TokenBucketLimits {
  /** Size of the bucket. It starts full. */
  readonly max: number
  /** Time to refill an empty bucket, in milliseconds. */
  readonly perMs: number
}

/** Tolerance for floating-point error, so that a token that is available is not reported as missing. */
const ROUNDING = 1e-9

/** A token bucket with a steady refill rate. */
export class TokenBucket {
  readonly #limits: TokenBucketLimits
  readonly #clock: Clock
  #tokens: number
  #filledAt: number

  constructor(limits: TokenBucketLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#tokens = limits.max
    this.#filledAt = clock.now()
  }

  /**
   * Time until this many tokens are available, in whole milliseconds; 0 if they are available now. `tokens` may exceed
   * `max`: the result is then the time until the last of several waiters is served.
   */
  waitMs(tokens: number): number {
    this.#fill()
    const missing = tokens - this.#tokens - ROUNDING
    return missing <= 0 ? 0 : Math.ceil((missing * this.#limits.perMs) / this.#limits.max)
  }

  /** Takes one token. Returns false if none is available. */
  take(): boolean {
    if (this.waitMs(1) > 0) return false
    this.#tokens = Math.max(0, this.#tokens - 1)
    return true
  }

  #fill(): void {
    const { max, perMs } = this.#limits
    const now = this.#clock.now()
    this.#tokens = Math.min(max, this.#tokens + ((now - this.#filledAt) * max) / perMs)
    this.#filledAt = now
  }
}
