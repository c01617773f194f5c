import type { Clock } from '../../core/deadline.ts'
import type { BreakerChanged, BreakerStatus } from '../../core/events.ts'
import { SlidingCounts } from './sliding-counts.ts'

/** When a breaker opens, and for how long. */
export interface BreakerLimits {
  readonly windowMs: number
  /** Below so many attempts within the window it never opens. */
  readonly minCalls: number
  /** The share of them that has to fail. */
  readonly failureRate: number
  readonly openForMs: number
  /** An attempt that takes longer is slow; null where slowness does not count. */
  readonly slowAfterMs: number | null
  /** The share of them that has to be slow. */
  readonly slowRate: number
}

/** What an attempt says about its source; nothing, where it was cut short or never made. */
export type Verdict = 'good' | 'slow' | 'bad' | 'nothing'

/** Passes a breaker; names the spell in which it was given, since what an attempt says of another one is out of date. */
export type Permit = number

export interface BreakerDependencies {
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  /** Is told of every change. */
  readonly onChange: (change: Omit<BreakerChanged, 'source'>) => void
}

const BUCKETS = 10
const PROBES = 3
const PROBES_TO_CLOSE = 2
const LONGEST_OPEN_MS = 60_000
/** Breakers of several processes must not all probe at once. */
const JITTER = 0.1

/**
 * What a circuit breaker knows (Nygard, "Release It!"): closed, it counts over a sliding window; open, it admits nothing;
 * half-open, it admits a few probes, and closes or opens again by what they say. It opens for twice as long each time,
 * until it has closed.
 */
export class BreakerState {
  readonly #limits: BreakerLimits
  readonly #dependencies: BreakerDependencies
  readonly #counts: SlidingCounts<'all' | 'bad' | 'slow'>
  #status: BreakerStatus = 'closed'
  #spell: Permit = 0
  /** How often in a row it has opened. */
  #openings = 0
  #openUntil = 0
  /** Of the half-open spell: under way or ended with a verdict; and of these, how many were good and bad. */
  #probes = { admitted: 0, good: 0, bad: 0 }

  constructor(limits: BreakerLimits, dependencies: BreakerDependencies) {
    this.#limits = limits
    this.#dependencies = dependencies
    const bucketMs = limits.windowMs / BUCKETS
    this.#counts = new SlidingCounts(['all', 'bad', 'slow'], { bucketMs, buckets: BUCKETS }, dependencies.clock)
  }

  /** As the next attempt would find it. */
  get status(): BreakerStatus {
    return this.#status === 'open' && this.retryInMs === 0 ? 'half-open' : this.#status
  }

  /** How long it stays open, in milliseconds; 0 where it is not. */
  get retryInMs(): number {
    return this.#status === 'open' ? Math.max(0, this.#openUntil - this.#dependencies.clock.now()) : 0
  }

  /** Lets an attempt through, or not (null). A permit ends in `conclude`. */
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

  /** Whether a permit still holds: an attempt that waited since may find the breaker open, or its probes all given. */
  holds(permit: Permit | undefined): boolean {
    return permit === this.#spell || this.#status === 'closed'
  }

  /** Takes in what an attempt came to. */
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
    // at the bound they must still differ, and none exceed it that was not configured to
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
