import type { Allowance } from '../core/allowance.ts'
import type { Policy } from '../core/call.ts'
import { failed, type Outcome } from '../core/outcome.ts'

/**
 * Limits the data of all calls of one answer together; `maxBytes` of a source limits one call. A call whose data
 * exceeds the limit fails, and its data is dropped, so that smaller data of other calls can still fit. Details of
 * failures count too; those that exceed the limit are dropped.
 */
export const maxAnswerBytes: Policy = (next) => async (call) => {
  const outcome = await next(call)
  const { allowance } = call.context
  if (outcome.body === null || allowance.takeBytes(outcome.body.length)) return bounded(outcome, allowance)
  return failed(allowance.fullFailure(call.source, outcome.upstreamStatus), outcome.attemptMs)
}

function bounded(outcome: Outcome, allowance: Allowance): Outcome {
  const { failure } = outcome
  if (failure?.details === undefined || allowance.takeBytes(failure.details.length)) return outcome
  const { details: _, ...rest } = failure
  return { ...outcome, failure: rest }
}
