import type { Clock } from '../../core/deadline.ts'
import { Budget } from './budget.ts'
import { Latencies } from './latencies.ts'

/** When a hedge starts. */
export interface HedgeDelay {
  /** A call was made: how long it has before its hedge, in milliseconds; null for none. */
  next(): number | null
  /** Whether one more hedge is within what was allowed. */
  take(): boolean
  /** Notes how long an attempt took, in milliseconds. */
  learn(attemptMs: number): void
}

/** Always the same delay. */
export function fixedDelay(afterMs: number): HedgeDelay {
  return { next: () => afterMs, take: () => true, learn: () => {} }
}

const WINDOW_MS = 60_000
const MIN_SAMPLES = 100

/**
 * The delay that so many attempts exceed as there may be extra ones (Dean and Barroso, "The Tail at Scale"): with
 * `maxExtraLoad` 0.02, the 98th percentile of the last minute. When a source becomes slower than it was, all its calls
 * exceed it; then the same share bounds what is spent.
 */
export class LearnedDelay implements HedgeDelay {
  readonly #share: number
  readonly #latencies: Latencies
  readonly #budget: Budget

  constructor(maxExtraLoad: number, clock: Clock) {
    this.#share = 1 - maxExtraLoad
    this.#latencies = new Latencies(WINDOW_MS, clock)
    this.#budget = new Budget({ ratio: maxExtraLoad, minPerSecond: 1 }, clock)
  }

  next(): number | null {
    this.#budget.offer()
    return this.#latencies.count < MIN_SAMPLES ? null : this.#latencies.quantile(this.#share)
  }

  take(): boolean {
    return this.#budget.take()
  }

  learn(attemptMs: number): void {
    this.#latencies.record(attemptMs)
  }
}
