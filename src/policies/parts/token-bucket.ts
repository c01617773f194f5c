import type { Clock } from '../../source/deadline.ts'

export interface TokenBucketLimits {
  /** What it holds at most, and holds at first. */
  readonly max: number
  /** In this time it fills from empty, in milliseconds. */
  readonly perMs: number
}

/**
 * A bucket of tokens that come back at a steady rate. Whoever finds none may reserve the next one that is not yet
 * spoken for, and wait for it: first come, first served, without a queue.
 */
export class TokenBucket {
  readonly #limits: TokenBucketLimits
  readonly #clock: Clock
  /** Below 0, it is what those who wait have reserved. */
  #tokens: number
  #filledAt: number

  constructor(limits: TokenBucketLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#tokens = limits.max
    this.#filledAt = clock.now()
  }

  /** How long a token takes that is asked for now, in milliseconds; 0 where there is one. */
  get waitMs(): number {
    this.#fill()
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * this.#limits.perMs) / this.#limits.max)
  }

  /** Takes a token. It may be used after the wait, which `waitMs` told before. */
  take(): void {
    this.#fill()
    this.#tokens -= 1
  }

  /** A token that was taken is not needed after all. */
  giveBack(): void {
    this.#fill()
    this.#tokens = Math.min(this.#limits.max, this.#tokens + 1)
  }

  #fill(): void {
    const { max, perMs } = this.#limits
    const now = this.#clock.now()
    this.#tokens = Math.min(max, this.#tokens + ((now - this.#filledAt) * max) / perMs)
    this.#filledAt = now
  }
}
