import type { Policy } from '../core/call.ts'
import { failed } from '../core/outcome.ts'
import { isRefusal } from './parts/budget.ts'

/**
 * Bounds the attempts of one answer, of all its sources together. Beyond, a first attempt fails, and a retry or a hedge
 * is as if it had not been tried. An attempt that a queue below refused was not made, and is given back.
 */
export const maxAttempts: Policy = (next) => async (call) => {
  const { allowance } = call.context
  if (!allowance.takeAttempt()) return failed(allowance.spentFailure(call.source))
  const outcome = await next(call)
  if (isRefusal(outcome)) allowance.giveBackAttempt()
  return outcome
}
