import type { Clock } from '../../core/deadline.ts'

/**
 * Counters over a sliding window of buckets; a bucket is cleared as a whole when it leaves the window. The window is
 * between `(buckets - 1) × bucketMs` and `buckets × bucketMs`.
 */
export class SlidingCounts<Name extends string> {
  readonly #clock: Clock
  readonly #bucketMs: number
  readonly #buckets: Record<Name, number>[]
  readonly #sums: Record<Name, number>
  #newest: number

  constructor(names: readonly Name[], options: { bucketMs: number; buckets: number }, clock: Clock) {
    const empty = (): Record<Name, number> => Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
    this.#clock = clock
    this.#bucketMs = options.bucketMs
    this.#buckets = Array.from({ length: options.buckets }, empty)
    this.#sums = empty()
    this.#newest = this.#index()
  }

  /** Adds to a counter, now. */
  add(name: Name, count = 1): void {
    this.#advance()
    this.#bucket(this.#newest)[name] += count
    this.#sums[name] += count
  }

  /** The sum of a counter over the window. */
  sum(name: Name): number {
    this.#advance()
    return this.#sums[name]
  }

  /** Resets all counters. */
  clear(): void {
    for (const bucket of this.#buckets) this.#empty(bucket)
  }

  #advance(): void {
    const now = this.#index()
    const passed = Math.min(now - this.#newest, this.#buckets.length)
    for (let step = 0; step < passed; step += 1) this.#empty(this.#bucket(now - step))
    this.#newest = now
  }

  #empty(bucket: Record<Name, number>): void {
    for (const name in bucket) {
      this.#sums[name] -= bucket[name]
      bucket[name] = 0
    }
  }

  #index(): number {
    return Math.floor(this.#clock.now() / this.#bucketMs)
  }

  #bucket(index: number): Record<Name, number> {
    return this.#buckets[index % this.#buckets.length] as Record<Name, number>
  }
}
