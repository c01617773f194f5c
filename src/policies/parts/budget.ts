import type { Policy } from '../../core/call.ts'
import type { Clock } from '../../core/deadline.ts'
import type { Outcome } from '../../core/outcome.ts'
import { SlidingCounts } from './sliding-counts.ts'

/** How many attempts may be made beyond the first of each call. */
export interface BudgetLimits {
  /** Extra attempts for each call. */
  readonly ratio: number
  /** Extra attempts a second on top, so that a source that is called rarely can be retried at all. */
  readonly minPerSecond: number
}

const SECONDS = 10

/** Whether our own limits kept an attempt from being made: it took no time. */
export function isRefusal({ failure, attemptMs }: Outcome): boolean {
  const byUs = failure?.code === 'destination_unavailable' || failure?.code === 'connection_limit_reached'
  return byUs && attemptMs === 0
}

/**
 * What retries and hedges of one source may spend together (Finagle's `RetryBudget`). Over any ten seconds that end with
 * an extra attempt there are at most `ratio` of the calls of that time, plus `minPerSecond` for each second of it.
 */
export class Budget {
  readonly #limits: BudgetLimits
  readonly #offered: SlidingCounts<'calls'>
  /** Looks back a little further than the other, never less: what is uncertain at the edge is not spent. */
  readonly #spent: SlidingCounts<'extra'>

  constructor(limits: BudgetLimits, clock: Clock) {
    this.#limits = limits
    this.#offered = new SlidingCounts(['calls'], { bucketMs: 1000, buckets: SECONDS }, clock)
    this.#spent = new SlidingCounts(['extra'], { bucketMs: 1000, buckets: SECONDS + 1 }, clock)
  }

  /** Whole attempts that it would still pay for; never negative. */
  get balance(): number {
    const { ratio, minPerSecond } = this.#limits
    const earned = ratio * this.#offered.sum('calls') + minPerSecond * SECONDS
    // 0.2 × 5 is 1, and must not become 0.999…
    return Math.max(0, Math.floor(earned - this.#spent.sum('extra') + 1e-9))
  }

  /** A call was made, which earns its share. */
  offer(): void {
    this.#offered.add('calls')
  }

  /** Pays for one extra attempt, if it can. */
  take(): boolean {
    if (this.balance < 1) return false
    this.#spent.add('extra')
    return true
  }

  /** An attempt that was paid for was not made after all. */
  giveBack(): void {
    this.#spent.add('extra', -1)
  }

  /** Notes every call that passes. */
  readonly policy: Policy = (next) => (call) => {
    this.offer()
    return next(call)
  }
}
