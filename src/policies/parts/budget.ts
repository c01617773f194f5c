import type { Policy } from '../../core/call.ts'
import type { Clock } from '../../core/deadline.ts'
import type { FailureCode } from '../../core/failure.ts'
import type { Outcome } from '../../core/outcome.ts'
import { SlidingCounts } from './sliding-counts.ts'

/** Limits of attempts beyond the first of each call. */
export interface BudgetLimits {
  /** Extra attempts per call. */
  readonly ratio: number
  /** Extra attempts per second in addition, so that a source with few calls can be retried at all. */
  readonly minPerSecond: number
}

const SECONDS = 10

/** Failures of attempts that were not made: our own limits refused them, or there was no token for them. */
const OURS: readonly (FailureCode | undefined)[] = [
  'destination_unavailable',
  'connection_limit_reached',
  'authorization_failed',
]

/** Whether the attempt was refused by us. It was not made if it took no time. */
export function isRefusal({ failure, attemptMs }: Outcome): boolean {
  return OURS.includes(failure?.code) && attemptMs === 0
}

/**
 * Limits the retries and hedges of one source together (Finagle's `RetryBudget`). In the ten seconds before any extra
 * attempt there are at most `ratio` extra attempts per call, plus `minPerSecond` per second.
 */
export class Budget {
  readonly #limits: BudgetLimits
  readonly #offered: SlidingCounts<'calls'>
  /**
   * One bucket longer than `#offered`: with buckets the edge of the window is inexact, and the limit must never be
   * exceeded.
   */
  readonly #spent: SlidingCounts<'extra'>

  constructor(limits: BudgetLimits, clock: Clock) {
    this.#limits = limits
    this.#offered = new SlidingCounts(['calls'], { bucketMs: 1000, buckets: SECONDS }, clock)
    this.#spent = new SlidingCounts(['extra'], { bucketMs: 1000, buckets: SECONDS + 1 }, clock)
  }

  /** Extra attempts that are available now; a whole number, never negative. */
  get balance(): number {
    const { ratio, minPerSecond } = this.#limits
    const earned = ratio * this.#offered.sum('calls') + minPerSecond * SECONDS
    // avoid floating-point error: 0.2 × 5 must be 1, not 0.999…
    return Math.max(0, Math.floor(earned - this.#spent.sum('extra') + 1e-9))
  }

  /** Counts a call; it adds `ratio` to the balance. */
  offer(): void {
    this.#offered.add('calls')
  }

  /** Takes one extra attempt. Returns false if none is available. */
  take(): boolean {
    if (this.balance < 1) return false
    this.#spent.add('extra')
    return true
  }

  /** Returns an extra attempt that was taken but not made. */
  giveBack(): void {
    this.#spent.add('extra', -1)
  }

  /** Counts every call. */
  readonly policy: Policy = (next) => (call) => {
    this.offer()
    return next(call)
  }
}
