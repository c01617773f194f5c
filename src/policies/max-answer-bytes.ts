import type { Policy } from '../core/call.ts'
import { failed } from '../core/outcome.ts'

/**
 * Bounds the data of one answer, of all its calls together; `maxBytes` of a source bounds each by itself. What does not
 * fit is dropped and fails, so that the other calls still have their place.
 */
export const maxAnswerBytes: Policy = (next) => async (call) => {
  const outcome = await next(call)
  const { allowance } = call.context
  if (outcome.body === null || allowance.takeBytes(outcome.body.length)) return outcome
  return failed(allowance.fullFailure(call.source, outcome.upstreamStatus), outcome.attemptMs)
}
