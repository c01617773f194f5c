import type { Clock } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import { Bulkhead, type BulkheadLimits } from '../policies/bulkhead.ts'
import { keepMsOf } from '../policies/cache.ts'
import { Coalesce } from '../policies/coalesce.ts'
import { BreakerState } from '../policies/parts/breaker-state.ts'
import { Budget } from '../policies/parts/budget.ts'
import { fixedDelay, type HedgeDelay, LearnedDelay } from '../policies/parts/hedge-delay.ts'
import { Latencies } from '../policies/parts/latencies.ts'
import { RateLimit } from '../policies/rate-limit.ts'
import type { HedgeOptions, SourceOptions } from './options.ts'

/** Percentiles of latencies, in milliseconds. */
export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

const UNBOUNDED: BulkheadLimits = { maxInFlight: Number.POSITIVE_INFINITY, maxQueue: 0 }
const LATENCY_WINDOW_MS = 5 * 60_000

/** State of a source that lives across calls; null for what is not configured. */
export class SourceState {
  readonly bulkhead: Bulkhead
  readonly breaker: BreakerState | null
  readonly budget: Budget | null
  readonly rateLimit: RateLimit | null
  /** When hedges start, as learned from the attempts so far. */
  readonly hedgeDelay: HedgeDelay | null
  /** Coalesces calls across answers; null for a source without a cache. */
  readonly coalesce: Coalesce | null
  /** Latencies of upstream calls in the last five minutes. */
  readonly latencies: Latencies

  constructor(options: SourceOptions, clock: Clock, events: Events) {
    const { id, bulkhead, breaker, budget, rateLimit, hedge, cache } = options
    this.bulkhead = new Bulkhead(bulkhead ?? UNBOUNDED, clock)
    this.breaker =
      breaker &&
      new BreakerState(breaker, {
        clock,
        random: Math.random,
        onChange: (change) => events.emit('breaker', { source: id, ...change }),
      })
    this.budget = budget && new Budget(budget, clock)
    this.rateLimit = rateLimit && new RateLimit(rateLimit, clock)
    this.hedgeDelay = hedge && delayOf(hedge, clock)
    this.coalesce = cache && new Coalesce(keepMsOf(cache) > 0)
    this.latencies = new Latencies(LATENCY_WINDOW_MS, clock)
  }

  /** Percentiles of the last five minutes; null if there were no calls. */
  get latency(): Percentiles | null {
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => this.latencies.quantile(share))
    return p50 == null || p95 == null || p99 == null ? null : { p50, p95, p99 }
  }

  /** Attempts that wait for the bulkhead or the rate limit. */
  get queued(): number {
    return this.bulkhead.queued + (this.rateLimit?.queued ?? 0)
  }
}

function delayOf(options: HedgeOptions, clock: Clock): HedgeDelay {
  return 'afterMs' in options ? fixedDelay(options.afterMs) : new LearnedDelay(options.maxExtraLoad, clock)
}
