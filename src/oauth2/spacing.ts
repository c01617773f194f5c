import type { Clock } from '../core/deadline.ts'

/** The first pause, in milliseconds. */
const FIRST_MS = 1000
/** The longest pause. */
const LONGEST_MS = 30_000

/**
 * Keeps what happens again and again apart: each time the pause after it is twice as long, up to half a minute. A time
 * without it that is twice the pause begins anew.
 */
export class Spacing {
  readonly #clock: Clock
  #lastAt = Number.NEGATIVE_INFINITY
  #pauseMs = 0
  #nextAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How long it must not happen yet, in milliseconds; 0 if it may. */
  get waitMs(): number {
    return Math.max(0, this.#nextAt - this.#clock.now())
  }

  /** Notes that it has happened. Returns the pause in milliseconds, which is `leastMs` at least. */
  note(leastMs = 0): number {
    const now = this.#clock.now()
    const isNew = now - this.#lastAt > 2 * this.#pauseMs
    this.#pauseMs = isNew ? FIRST_MS : Math.min(LONGEST_MS, 2 * this.#pauseMs)
    this.#lastAt = now
    const pauseMs = Math.max(this.#pauseMs, leastMs)
    this.#nextAt = now + pauseMs
    return pauseMs
  }

  /** Ends the pause; the next one is short again. */
  reset(): void {
    this.#lastAt = Number.NEGATIVE_INFINITY
    this.#nextAt = Number.NEGATIVE_INFINITY
  }
}
