import type { Call, Policy } from '../core/call.ts'
import type { Outcome } from '../core/outcome.ts'

/**
 * Marks failures of a request that may have been sent: the source may have carried it out even though its response was
 * lost. If the request is not repeatable, they are not retryable, because the client must not repeat it either (RFC
 * 9110, section 9.2.2). A 4xx status of the only attempt, or a refused TLS handshake, means that it was not carried out.
 */
export const carriedOut: Policy = (next) => async (call) => {
  const outcome = await next(call)
  const { attempts, sent, unauthorized } = call.record.effort
  // also of an attempt before the last one
  return sent === 0 || attempts === unauthorized ? outcome : marked(outcome, call)
}

function marked(outcome: Outcome, { request, record }: Call): Outcome {
  const { failure } = outcome
  if (failure === null) return outcome
  const { code, upstreamStatus } = failure
  // with a redirect it may have answered what it has carried out (RFC 9110, section 15.4.4)
  const isStatus4xx = code === 'upstream_status' && Math.trunc((upstreamStatus ?? 0) / 100) === 4
  // who refuses the handshake has not read the request that came with it (RFC 8446, section 4.4.2.4)
  const isRefusal = isStatus4xx || code === 'tls_alert_received'
  // a DELETE that was repeated can end with 404 because the first attempt was carried out
  const { attempts, unauthorized } = record.effort
  const mayBeCarriedOut = !isRefusal || attempts - unauthorized > 1
  if (request.isRepeatable) return { ...outcome, failure: { ...failure, mayBeCarriedOut } }
  const message = isRefusal ? failure.message : `${failure.message}; the call may have been carried out`
  return { ...outcome, failure: { ...failure, message, retryable: false, mayBeCarriedOut } }
}
