import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Clock } from '../../core/deadline.ts'

const LONGEST_US = 3_600_000_000
const RING = 6

/** Two digits are plenty for a percentile, and keep a histogram small. */
const make = (): RecordableHistogram => createHistogram({ lowest: 1, highest: LONGEST_US, figures: 2 })

/**
 * Durations of the last while: a ring of histograms, of which the oldest is emptied when its time is over. Looks back
 * between five sixths of `windowMs` and all of it.
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

  /** Notes a duration in milliseconds. */
  record(ms: number): void {
    this.#advance()
    this.#slice(this.#newest).record(Math.min(Math.max(1, Math.round(ms * 1000)), LONGEST_US))
    this.#fresh += 1
  }

  /** How many are known of. */
  get count(): number {
    this.#advance()
    return this.#ring.reduce((sum, slice) => sum + slice.count, 0)
  }

  /** The duration that `share` (above 0, to 1) of them do not exceed, in milliseconds; null where there are none. */
  quantile(share: number): number | null {
    this.#advance()
    if (this.#isOutdated()) this.#merge()
    return this.#all.count === 0 ? null : this.#all.percentile(share * 100) / 1000
  }

  /** To merge is not free; a twentieth more makes no difference. */
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
