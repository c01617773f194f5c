import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock, Timer } from '../../src/core/deadline.ts'

interface Pending {
  readonly at: number
  readonly callback: () => void
}

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  #now: number
  /** In the order in which they were set. */
  readonly #timers = new Set<Pending>()

  /** Starts at 1,000, so that code that takes 0 for "not set" shows. */
  constructor(startMs = 1000) {
    this.#now = startMs
  }

  now = (): number => this.#now

  /** As Node's timers, takes a delay that is below 1, or too large for 32 bits, as 1. */
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
   * Moves time on by `ms`. Timers run when their instant has come, in order (at one instant, as they were set), also
   * those set on the way; what waits on promises goes on before, between and after. Rejects with what a timer throws.
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

/** Lets all that is ready run: promises to their end, and what they put off by a turn or two of the event loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn()
}
