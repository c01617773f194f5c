import type { Clock } from '../../core/deadline.ts'
import { Budget } from './budget.ts'
import { Latencies } from './latencies.ts'

/** Decides when a hedge starts. */
export interface HedgeDelay {
  /** Counts a call and returns the delay before its hedge, in milliseconds; null for no hedge. */
  next(): number | null
  /** Takes one hedge. Returns false if no more are allowed. */
  take(): boolean
  /** Records the duration of an attempt, in milliseconds. */
  learn(attemptMs: number): void
}

/** A configured delay, in milliseconds. */
export function fixedDelay(afterMs: number): HedgeDelay {
  return { next: () => afterMs, take: () => true, learn: () => {} }
}

const WINDOW_MS = 60_000
const MIN_SAMPLES = 100

/**
 * A delay learned from past attempts (Dean and Barroso, "The Tail at Scale"): the duration that a share of
 * `maxExtraLoad` of the attempts exceeds. For 0.02 it is the 98th percentile of the last minute. A budget with the same
 * share limits the hedges too: when a source becomes slower, all its calls exceed the old percentile.
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
