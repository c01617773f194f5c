import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock, Timer } from '../../src/core/deadline.ts'

interface Pending {
  readonly at: number
  readonly callback: () => void
}

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  #now: number
  /** In the order of creation. */
  readonly #timers = new Set<Pending>()

  /** Starts at 1,000, so that tests find code that confuses "not set" with 0. */
  constructor(startMs = 1000) {
    this.#now = startMs
  }

  now = (): number => this.#now

  /** Like Node's timers, uses 1 ms for a delay below 1 or above 32 bits. */
  setTimeout = (callback: () => void, delayMs: number): Timer => {
    const possible = delayMs >= 1 && delayMs < 2 ** 31
    const timer = { at: this.#now + (possible ? delayMs : 1), callback }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout = (timer: Timer): void => {
    this.#timers.delete(timer as Pending)
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size
  }

  /**
   * Advances time by `ms`. Timers that become due run in order (those of one instant in order of creation), including
   * timers that are set meanwhile. Promise callbacks run before, between and after them. Rejects if a timer throws.
   */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    await settle()
    for (let next = this.#next(until); next !== null; next = this.#next(until)) {
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
      await settle()
    }
    this.#now = Math.max(this.#now, until)
  }

  #next(until: number): Pending | null {
    let next: Pending | null = null
    for (const timer of this.#timers) if (timer.at <= until && (next === null || timer.at < next.at)) next = timer
    return next
  }
}

/** Runs everything that is ready: promise callbacks, and callbacks within the next turns of the event loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn()
}
