import type { Clock } from '../../core/deadline.ts'

export interface TokenBucketLimits {
  /** What it holds at most, and holds at first. */
  readonly max: number
  /** In this time it fills from empty, in milliseconds. */
  readonly perMs: number
}

/** Float arithmetic must not make a token late that is there. */
const ROUNDING = 1e-9

/** A bucket of tokens that come back at a steady rate. */
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

  /** How long until it has had so many tokens to give, in whole milliseconds; 0 where it holds them now. */
  waitMs(tokens: number): number {
    this.#fill()
    const missing = tokens - this.#tokens - ROUNDING
    return missing <= 0 ? 0 : Math.ceil((missing * this.#limits.perMs) / this.#limits.max)
  }

  /** Takes a token, if there is one. */
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
