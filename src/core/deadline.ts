/**
 * A replaceable clock, and deadlines.
 *
 * A deadline is an instant, not a duration, so that time already spent counts (Finagle's `Deadline`).
 */

/**
 * What set a deadline: the answer (`batch`), the call, or the attempt. It decides the failure code of work that is cut
 * off, and whether the breaker counts it.
 */
export type DeadlineCause = 'batch' | 'call' | 'attempt'

/** An instant after which a result is useless, and its cause. */
export interface Deadline {
  /** Milliseconds on the scale of `Clock.now()`. */
  readonly at: number
  readonly cause: DeadlineCause
  /** The duration it was computed from, in milliseconds. For messages only; code compares `at`. */
  readonly spanMs: number
}

/** The deadline of work that no caller waits for. Its own timeout ends it. */
export const NO_DEADLINE: Deadline = {
  at: Number.POSITIVE_INFINITY,
  cause: 'call',
  spanMs: Number.POSITIVE_INFINITY,
}

/** A running timer, as `Clock.setTimeout` returns it. */
export type Timer = unknown

/** Monotonic time and timers. All code in the core that waits takes a clock, so that tests can replace it. */
export interface Clock {
  /** Monotonic time in milliseconds. The origin is arbitrary; only differences are meaningful. */
  now(): number
  setTimeout(callback: () => void, delayMs: number): Timer
  clearTimeout(timer: Timer): void
}

/** The clock of the process: `performance.now()`, which wall clock changes do not affect, and Node's timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => new FairTimer(callback, delayMs),
  clearTimeout: (timer) => (timer as FairTimer | undefined)?.clear(),
}

/** A timer that fires this much too late, in milliseconds, was delayed by a blocked event loop. */
const LATE_MS = 10

/**
 * After the event loop was blocked, timers run before the sockets are read (Node.js, "The event loop"), so that answers
 * which arrived in time would count as timeouts. A late timer therefore lets the sockets be read before it fires.
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

/** The earlier of two deadlines; `a` if they are equal. A deadline can only be moved earlier. */
export function earlier(a: Deadline, b: Deadline): Deadline {
  return b.at < a.at ? b : a
}

/** The deadline `spanMs` from now. */
export function deadlineIn(clock: Clock, spanMs: number, cause: DeadlineCause): Deadline {
  return { at: clock.now() + spanMs, cause, spanMs }
}

/** Rounds milliseconds to one decimal, for output. */
export function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10
}
