import type { Call, Policy } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import type { Outcome } from '../core/outcome.ts'
import { type Budget, isRefusal } from './parts/budget.ts'
import { pause } from './parts/pause.ts'

/** Number of attempts, and the delay between them. */
export interface RetryLimits {
  /** Maximum number of attempts, including the first. */
  readonly attempts: number
  /** Upper limit of the first backoff; it doubles with each retry up to `maxDelayMs`. */
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  /** No retry is made if less time than this would remain, in milliseconds. */
  readonly minTimeMs: number
}

/** Dependencies of the retry policy. */
export interface RetryDependencies {
  /** Limits the retries; null for no limit. */
  readonly budget: Budget | null
  readonly clock: Clock
  /** Returns a number from 0 to below 1. */
  readonly random: () => number
}

/** The backoff is multiplied by this if the source reported overload. */
const OVERLOAD_FACTOR = 4

/**
 * "Full jitter" (AWS Architecture Blog, 2015): a random delay between 0 and a limit that doubles with each retry. In
 * milliseconds.
 */
export function backoffMs(
  retries: number,
  { baseDelayMs, maxDelayMs }: Pick<RetryLimits, 'baseDelayMs' | 'maxDelayMs'>,
  random: () => number,
): number {
  return random() * Math.min(maxDelayMs, baseDelayMs * 2 ** retries)
}

/**
 * Retries transient failures (`Failure.retry`) after a backoff, but not before the Retry-After of the source, and only
 * if the deadline and the budget allow it. A call that cannot be retried ends with its last failure.
 */
export function retry(limits: RetryLimits, { budget, clock, random }: RetryDependencies): Policy {
  /** Delay before the next attempt in milliseconds; null if there is none. */
  const waitMs = (call: Call, { failure }: Outcome, retries: number): number | null => {
    if (failure === null || failure.retry === 'never' || !call.request.isRepeatable || retries + 1 >= limits.attempts)
      return null
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
        // the retry was not made, so the previous failure is more informative
        budget?.giveBack()
        return outcome
      }
      outcome = again
    }
  }
}
