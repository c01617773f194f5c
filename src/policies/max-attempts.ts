import type { Policy } from '../core/call.ts'
import { failed } from '../core/outcome.ts'
import { isRefusal } from './parts/budget.ts'

/**
 * Limits the attempts of all sources of one answer together. Above the limit a first attempt fails, and a retry or
 * hedge is not made. An attempt that a queue below refused was not made, so it is returned.
 */
export const maxAttempts: Policy = (next) => async (call) => {
  const { allowance } = call.context
  if (!allowance.takeAttempt()) return failed(allowance.spentFailure(call.source))
  const outcome = await next(call)
  if (isRefusal(outcome)) allowance.giveBackAttempt()
  return outcome
}
