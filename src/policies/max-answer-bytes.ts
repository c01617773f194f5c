import type { Policy } from '../core/call.ts'
import { failed } from '../core/outcome.ts'

/**
 * Limits the data of all calls of one answer together; `maxBytes` of a source limits one call. A call whose data
 * exceeds the limit fails, and its data is dropped, so that smaller data of other calls can still fit.
 */
export const maxAnswerBytes: Policy = (next) => async (call) => {
  const outcome = await next(call)
  const { allowance } = call.context
  if (outcome.body === null || allowance.takeBytes(outcome.body.length)) return outcome
  return failed(allowance.fullFailure(call.source, outcome.upstreamStatus), outcome.attemptMs)
}
