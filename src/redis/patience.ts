import type { Clock } from '../core/deadline.ts'
import { RedisFault } from './fault.ts'

/** A reply that takes longer, in milliseconds, is slow. */
const SLOW_MS = 20
/** How long an answer waits for a reply, in milliseconds. An answer waits for a count, then for rounds of look-ups. */
const TIMEOUT_MS = 30
/**
 * After a slow reply, Redis is not asked for this long, in milliseconds, so that a count and the look-ups after it are not
 * both slow.
 */
const REST_MS = 100
/** After so many slow replies in a row, Redis counts as unavailable: it costs answers more than it saves. */
const MAX_SLOW = 3

/**
 * Waits for replies, within bounds. A count and one round of look-ups delay an answer by 50 ms at most, `SLOW_MS` and
 * `TIMEOUT_MS` together. Each further round (of sources that need others, or of items) may add `TIMEOUT_MS`.
 */
export class Patience {
  readonly #clock: Clock
  #slow = 0
  #restsUntil = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether the last reply was slow a moment ago. */
  get isResting(): boolean {
    return this.#clock.now() < this.#restsUntil
  }

  /** Forgets slow replies. */
  reset(): void {
    this.#slow = 0
    this.#restsUntil = Number.NEGATIVE_INFINITY
  }

  /** Resolves as `reply` does. Rejects with a RedisFault when it takes too long. */
  wait<T>(reply: Promise<T>): Promise<T> {
    const clock = this.#clock
    return new Promise((resolve, reject) => {
      let isPending = true
      const sentAt = clock.now()
      const end = (settle: () => void): void => {
        isPending = false
        clock.clearTimeout(timer)
        settle()
      }
      const fail = (reason: 'slow' | 'timeout') => end(() => reject(new RedisFault(reason)))
      // When the event loop was held up, timers run before the replies that have long arrived: read these first.
      const unlessReplied = (action: () => void) => () => setImmediate(() => isPending && action())
      const note = (): void => {
        if (this.#noteSlow()) fail('slow')
        else
          timer = clock.setTimeout(
            unlessReplied(() => fail('timeout')),
            TIMEOUT_MS - SLOW_MS,
          )
      }
      let timer = clock.setTimeout(unlessReplied(note), SLOW_MS)
      reply.then(
        (value) => {
          if (clock.now() - sentAt < SLOW_MS) this.#slow = 0
          end(() => resolve(value))
        },
        (error) => end(() => reject(error)),
      )
    })
  }

  /** Returns whether there were too many. Commands that were under way together count once: one stall delays them all. */
  #noteSlow(): boolean {
    if (!this.isResting) this.#slow += 1
    this.#restsUntil = this.#clock.now() + REST_MS
    return this.#slow >= MAX_SLOW
  }
}
