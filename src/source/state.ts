import type { Clock } from '../core/deadline.ts'
import type { BreakerStatus, Events } from '../core/events.ts'
import { Bulkhead, type BulkheadLimits } from '../policies/bulkhead.ts'
import { keepMsOf } from '../policies/cache.ts'
import { Coalesce } from '../policies/coalesce.ts'
import { BreakerState } from '../policies/parts/breaker-state.ts'
import { Budget } from '../policies/parts/budget.ts'
import { fixedDelay, type HedgeDelay, LearnedDelay } from '../policies/parts/hedge-delay.ts'
import { Latencies } from '../policies/parts/latencies.ts'
import { Origins } from '../policies/parts/origins.ts'
import { RateLimit } from '../policies/rate-limit.ts'
import type { HedgeOptions, SourceOptions } from './options.ts'

/** Percentiles of latencies, in milliseconds. */
export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** What the breaker of an origin allows. */
export interface OriginLoad {
  /** Its place in the `origins` of the source, from "0": the label of its metrics. */
  readonly origin: string
  readonly breaker: BreakerStatus | null
}

/** What a source has in work, and what its breaker and budget allow. Null means not configured. */
export interface SourceLoad {
  /** With several origins, the state of the one that is best off. */
  readonly breaker: BreakerStatus | null
  /** Absent for a source with one origin. */
  readonly origins?: readonly OriginLoad[]
  /** Extra attempts that the budget still allows. */
  readonly budget: number | null
  /** Attempts in flight. */
  readonly inFlight: number
  /** Attempts that wait for the bulkhead or the rate limit. */
  readonly queued: number
}

/** Health of a source. */
export interface SourceHealth extends SourceLoad {
  /** Null if there were no calls. */
  readonly latencyMs: Percentiles | null
}

const UNBOUNDED: BulkheadLimits = { maxInFlight: Number.POSITIVE_INFINITY, maxQueue: 0 }
const LATENCY_WINDOW_MS = 5 * 60_000

/** State of a source that lives across calls; null for what is not configured. */
export class SourceState {
  readonly bulkhead: Bulkhead
  /** Null also for a source with several origins, which have a breaker each. */
  readonly breaker: BreakerState | null
  /** Null for a source with one origin. */
  readonly origins: Origins | null
  readonly budget: Budget | null
  readonly rateLimit: RateLimit | null
  /** When hedges start, as learned from the attempts so far. */
  readonly hedgeDelay: HedgeDelay | null
  /** Coalesces calls across answers; null for a source without a cache. */
  readonly coalesce: Coalesce | null
  /** Latencies of upstream calls in the last five minutes. */
  readonly latencies: Latencies

  constructor(options: SourceOptions, clock: Clock, events: Events) {
    const { id, bulkhead, breaker, origins, budget, rateLimit, hedge, cache } = options
    const breakerOf = (origin: number | null): BreakerState | null =>
      breaker &&
      new BreakerState(breaker, {
        clock,
        random: Math.random,
        onChange: (change) => events.emit('breaker', { source: id, origin, ...change }),
      })
    this.bulkhead = new Bulkhead(bulkhead ?? UNBOUNDED, clock)
    this.breaker = origins === null ? breakerOf(null) : null
    this.origins = originsOf(options, breakerOf)
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

  /** What is in work, and what breakers and budget allow. */
  get load(): SourceLoad {
    const { breaker, origins, budget, bulkhead, rateLimit } = this
    return {
      breaker: (breaker ?? origins)?.status ?? null,
      ...(origins === null
        ? {}
        : { origins: origins.statuses.map((status, place) => ({ origin: String(place), breaker: status })) }),
      budget: budget?.balance ?? null,
      inFlight: bulkhead.inFlight,
      queued: bulkhead.queued + (rateLimit?.queued ?? 0),
    }
  }
}

/** The origins of a source with several; null for others. */
export function originsOf(
  { origins, balance }: Pick<SourceOptions, 'origins' | 'balance'>,
  breakerOf: (origin: number) => BreakerState | null,
): Origins | null {
  if (origins === null) return null
  return new Origins({ balance, breakers: origins.map((_, origin) => breakerOf(origin)), random: Math.random })
}

function delayOf(options: HedgeOptions, clock: Clock): HedgeDelay {
  return 'afterMs' in options ? fixedDelay(options.afterMs) : new LearnedDelay(options.maxExtraLoad, clock)
}
