/**
 * Time, as the core sees it: a clock that can be replaced, and deadlines.
 *
 * A deadline is an instant and never a duration, so that what was spent on the way counts (Finagle's `Deadline`).
 */

/** Who set a deadline. The failure code of what it cuts short, and what the breaker counts, follow from it. */
export type DeadlineCause = 'batch' | 'call' | 'attempt'

/** An instant after which an answer is of no use, and who set it. */
export interface Deadline {
  /** Milliseconds on the scale of `Clock.now()`. */
  readonly at: number
  readonly cause: DeadlineCause
  /** The duration that it was made of, in milliseconds. For messages only: decisions are made on `at`. */
  readonly spanMs: number
}

/** Of work that no answer and no caller waits for: its own timeout ends it. */
export const NO_DEADLINE: Deadline = {
  at: Number.POSITIVE_INFINITY,
  cause: 'call',
  spanMs: Number.POSITIVE_INFINITY,
}

/** A running timer, as `Clock.setTimeout` returns it. */
export type Timer = unknown

/** Monotonic time and timers. Everything in the core that waits takes one, so that tests can move it by hand. */
export interface Clock {
  /** Milliseconds on a scale that never jumps; only differences mean something. */
  now(): number
  setTimeout(callback: () => void, delayMs: number): Timer
  clearTimeout(timer: Timer): void
}

/** The process's own clock: `performance.now()`, which a change of the wall clock does not move, and Node's timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => new FairTimer(callback, delayMs),
  clearTimeout: (timer) => (timer as FairTimer | undefined)?.clear(),
}

/** A timer that fires later than this was held up by a stalled event loop. */
const LATE_MS = 10

/**
 * After a stall of the event loop timers run first, before what has arrived meanwhile is read (Node.js, "The event
 * loop"): answers that came in time would count as timeouts. So a late timer lets them be read before it fires.
 */
class FairTimer {
  readonly #timer: NodeJS.Timeout
  #immediate: NodeJS.Immediate | undefined

  constructor(callback: () => void, delayMs: number) {
    const dueAt = performance.now() + delayMs
    this.#timer = setTimeout(() => {
      if (performance.now() - dueAt < LATE_MS) callback()
      else this.#immediate = setImmediate(callback)
    }, delayMs)
  }

  clear(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
  }
}

/** The earlier of two deadlines, with its cause: a deadline only ever moves earlier. At the same instant the first stands. */
export function earlier(a: Deadline, b: Deadline): Deadline {
  return b.at < a.at ? b : a
}

/** The deadline `spanMs` from now. */
export function deadlineIn(clock: Clock, spanMs: number, cause: DeadlineCause): Deadline {
  return { at: clock.now() + spanMs, cause, spanMs }
}

/** Milliseconds with one decimal, as every duration is shown. */
export function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10
}
