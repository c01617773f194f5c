import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Clock } from '../../core/deadline.ts'

const LONGEST_US = 3_600_000_000
const RING = 6

/** Two significant digits are enough for percentiles and keep the histograms small. */
const make = (): RecordableHistogram => createHistogram({ lowest: 1, highest: LONGEST_US, figures: 2 })

/**
 * Percentiles over a sliding window: a ring of histograms, of which the oldest is reset when its time is over. The
 * window is between five sixths of `windowMs` and `windowMs`.
 */
export class Latencies {
  readonly #clock: Clock
  readonly #sliceMs: number
  readonly #ring = Array.from({ length: RING }, make)
  readonly #all = make()
  #newest: number
  #fresh = 0

  constructor(windowMs: number, clock: Clock) {
    this.#clock = clock
    this.#sliceMs = windowMs / RING
    this.#newest = this.#index()
  }

  /** Records a duration in milliseconds. */
  record(ms: number): void {
    this.#advance()
    this.#slice(this.#newest).record(Math.min(Math.max(1, Math.round(ms * 1000)), LONGEST_US))
    this.#fresh += 1
  }

  /** Number of durations in the window. */
  get count(): number {
    this.#advance()
    return this.#ring.reduce((sum, slice) => sum + slice.count, 0)
  }

  /**
   * The duration that a `share` of them does not exceed, in milliseconds; `share` is above 0 and at most 1. Null if the
   * window is empty.
   */
  quantile(share: number): number | null {
    this.#advance()
    if (this.#isOutdated()) this.#merge()
    return this.#all.count === 0 ? null : this.#all.percentile(share * 100) / 1000
  }

  /**
   * Merging is expensive, so merge only when the window has grown by a twentieth; fewer durations barely change a
   * percentile.
   */
  #isOutdated(): boolean {
    return this.#fresh > this.#all.count / 20
  }

  #merge(): void {
    this.#all.reset()
    for (const slice of this.#ring) if (slice.count > 0) this.#all.add(slice)
    this.#fresh = 0
  }

  #advance(): void {
    const now = this.#index()
    const passed = Math.min(now - this.#newest, RING)
    for (let step = 0; step < passed; step += 1) this.#slice(now - step).reset()
    if (passed > 0) this.#merge()
    this.#newest = now
  }

  #index(): number {
    return Math.floor(this.#clock.now() / this.#sliceMs)
  }

  #slice(index: number): RecordableHistogram {
    return this.#ring[index % RING] as RecordableHistogram
  }
}
