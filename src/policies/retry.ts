import type { Call, Policy } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import type { Outcome } from '../core/outcome.ts'
import { type Budget, isRefusal } from './parts/budget.ts'
import { pause } from './parts/pause.ts'

/** How often a call is tried, and how long it waits between two attempts. */
export interface RetryLimits {
  /** The first one included. */
  readonly attempts: number
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  /** An attempt that had less time than this could not finish, and is not made. */
  readonly minTimeMs: number
}

export interface RetryDependencies {
  /** What retries may cost; null for no bound. */
  readonly budget: Budget | null
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
}

/** A source that has too much to do gets this much more time. */
const OVERLOAD_FACTOR = 4

/** "Full jitter" (AWS Architecture Blog, 2015): anywhere from now to twice as late after each attempt. Milliseconds. */
export function backoffMs(
  retries: number,
  { baseDelayMs, maxDelayMs }: Pick<RetryLimits, 'baseDelayMs' | 'maxDelayMs'>,
  random: () => number,
): number {
  return random() * Math.min(maxDelayMs, baseDelayMs * 2 ** retries)
}

/**
 * Tries again after a failure that may pass (`Failure.retry`): after a backoff, not before the source's own Retry-After,
 * and only if there is time for it and the budget pays. What cannot be tried again ends with its last failure.
 */
export function retry(limits: RetryLimits, { budget, clock, random }: RetryDependencies): Policy {
  /** How long to wait before the next attempt; null where there will be none. */
  const waitMs = (call: Call, { failure }: Outcome, retries: number): number | null => {
    if (failure === null || failure.retry === 'never' || retries + 1 >= limits.attempts) return null
    if (call.cancel.reason !== null || call.context.allowance.isSpent) return null
    const backoff = backoffMs(retries, limits, random) * (failure.retry === 'later' ? OVERLOAD_FACTOR : 1)
    const wait = Math.max(backoff, failure.retryAfterMs ?? 0)
    const fits = clock.now() + wait + limits.minTimeMs <= call.deadline.at
    return fits && (budget === null || budget.take()) ? wait : null
  }

  return (next) => async (call) => {
    let outcome = await next(call)
    for (let retries = 0; ; retries += 1) {
      const wait = waitMs(call, outcome, retries)
      if (wait === null || (await pause(wait, call.cancel, clock)) !== null) return outcome
      const again = await next({ ...call, kind: 'retry' })
      if (isRefusal(again)) {
        // it was not made: how the last attempt ended still says more
        budget?.giveBack()
        return outcome
      }
      outcome = again
    }
  }
}
