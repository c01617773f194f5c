import type { Clock } from '../../core/deadline.ts'
import type { BreakerChanged, BreakerStatus } from '../../core/events.ts'
import { SlidingCounts } from './sliding-counts.ts'

/** When a breaker opens, and for how long. */
export interface BreakerLimits {
  readonly windowMs: number
  /** The breaker does not open with fewer attempts than this in the window. */
  readonly minCalls: number
  /** It opens when at least this share of the attempts failed, from 0 to 1. */
  readonly failureRate: number
  /** How long it stays open the first time; doubled each time until it closes. */
  readonly openForMs: number
  /** An attempt that takes longer is slow, in milliseconds; null to ignore slowness. */
  readonly slowAfterMs: number | null
  /** It opens when at least this share of the attempts was slow, from 0 to 1. */
  readonly slowRate: number
}

/** How an attempt counts; `nothing` if it was cancelled or never made. */
export type Verdict = 'good' | 'slow' | 'bad' | 'nothing'

/**
 * Permit from the breaker: the generation it was issued in. Each change of the state starts a new generation; results
 * of older ones are ignored.
 */
export type Permit = number

/** Dependencies of the state of a breaker. */
export interface BreakerDependencies {
  readonly clock: Clock
  /** Returns a number from 0 to below 1. */
  readonly random: () => number
  /** Called on every change of the state. */
  readonly onChange: (change: Omit<BreakerChanged, 'source' | 'origin'>) => void
}

const BUCKETS = 10
const PROBES = 3
const PROBES_TO_CLOSE = 2
const LONGEST_OPEN_MS = 60_000
/** Random spread of the open time, so that breakers of several processes do not probe at the same moment. */
const JITTER = 0.1

/**
 * State of a circuit breaker (Nygard, "Release It!"). Closed: counts attempts in a sliding window. Open: admits none.
 * Half-open: admits a few probes, whose results close it or open it again. The open time doubles each time until the
 * breaker closes.
 */
export class BreakerState {
  readonly #limits: BreakerLimits
  readonly #dependencies: BreakerDependencies
  readonly #counts: SlidingCounts<'all' | 'bad' | 'slow'>
  #status: BreakerStatus = 'closed'
  #spell: Permit = 0
  /** Times it has opened since it last closed. */
  #openings = 0
  #openUntil = 0
  /** Probes since it became half-open: admitted (running, or ended with a verdict), good and bad. */
  #probes = { admitted: 0, good: 0, bad: 0 }

  constructor(limits: BreakerLimits, dependencies: BreakerDependencies) {
    this.#limits = limits
    this.#dependencies = dependencies
    const bucketMs = limits.windowMs / BUCKETS
    this.#counts = new SlidingCounts(['all', 'bad', 'slow'], { bucketMs, buckets: BUCKETS }, dependencies.clock)
  }

  /** The state for the next attempt: half-open as soon as the open time has passed. */
  get status(): BreakerStatus {
    return this.#status === 'open' && this.retryInMs === 0 ? 'half-open' : this.#status
  }

  /** Remaining open time in milliseconds; 0 if it is not open. */
  get retryInMs(): number {
    return this.#status === 'open' ? Math.max(0, this.#openUntil - this.#dependencies.clock.now()) : 0
  }

  /** Returns a permit for an attempt, or null if none is admitted. Each permit must be passed to `conclude`. */
  admit(): Permit | null {
    if (this.#status === 'closed') return this.#spell
    if (this.#status === 'open') {
      if (this.retryInMs > 0) return null
      this.#probes = { admitted: 0, good: 0, bad: 0 }
      this.#change('half-open')
    }
    if (this.#probes.admitted >= PROBES) return null
    this.#probes.admitted += 1
    return this.#spell
  }

  /**
   * Whether an attempt that waited in a queue may still be made: its permit is of the current generation, or the
   * breaker is closed.
   */
  holds(permit: Permit | undefined): boolean {
    return permit === this.#spell || this.#status === 'closed'
  }

  /** Counts the result of an attempt. */
  conclude(permit: Permit, verdict: Verdict): void {
    if (permit !== this.#spell) return
    if (this.#status === 'closed') this.#count(verdict)
    else this.#probed(verdict)
  }

  #count(verdict: Verdict): void {
    if (verdict === 'nothing') return
    this.#counts.add('all')
    if (verdict !== 'good') this.#counts.add(verdict)
    const { minCalls, failureRate, slowRate } = this.#limits
    const all = this.#counts.sum('all')
    if (all < minCalls) return
    if (this.#counts.sum('bad') >= failureRate * all || this.#tooSlow(slowRate * all)) this.#open()
  }

  #tooSlow(limit: number): boolean {
    return this.#limits.slowAfterMs !== null && this.#counts.sum('slow') >= limit
  }

  #probed(verdict: Verdict): void {
    const probes = this.#probes
    if (verdict === 'nothing') probes.admitted -= 1
    else if (verdict === 'good') probes.good += 1
    else probes.bad += 1
    if (probes.good >= PROBES_TO_CLOSE) this.#close()
    else if (probes.bad > PROBES - PROBES_TO_CLOSE) this.#open()
  }

  #close(): void {
    this.#openings = 0
    this.#change('closed')
  }

  #open(): void {
    const { openForMs } = this.#limits
    const { clock, random } = this.#dependencies
    // apply the jitter to the limit too, but never exceed the limit unless `openForMs` does
    const longest = Math.max(openForMs, LONGEST_OPEN_MS / (1 + JITTER))
    const spread = 1 - JITTER + 2 * JITTER * random()
    const forMs = Math.min(longest, openForMs * 2 ** this.#openings) * spread
    this.#openings += 1
    this.#openUntil = clock.now() + forMs
    this.#change('open', forMs)
  }

  #change(to: BreakerStatus, openForMs: number | null = null): void {
    const from = this.#status
    this.#status = to
    this.#spell += 1
    this.#counts.clear()
    this.#dependencies.onChange({ from, to, openForMs })
  }
}
