import type { Call, Policy } from '../core/call.ts'
import type { FailureCode } from '../core/failure.ts'
import type { Outcome } from '../core/outcome.ts'

/** Codes of attempts that failed before the request was sent. */
const UNSENT: ReadonlySet<FailureCode> = new Set([
  'connection_refused',
  'connection_timeout',
  'dns_error',
  'tls_certificate_error',
  'tls_protocol_error',
  'tls_alert_received',
  'destination_ip_prohibited',
  'destination_unavailable',
  'connection_limit_reached',
])

/**
 * Marks failures of a request that may have been sent: the source may have carried it out even though its response was
 * lost. If the request is not repeatable, they are not retryable, because the client must not repeat it either (RFC
 * 9110, section 9.2.2). A 4xx status means that it was not carried out.
 */
export const carriedOut: Policy = (next) => async (call) => {
  const outcome = await next(call)
  return mayHaveBeenSent(call, outcome) ? marked(outcome, call.request.isRepeatable) : outcome
}

function mayHaveBeenSent({ record }: Call, { failure }: Outcome): boolean {
  if (failure === null || record.effort.attempts === 0) return false
  // a status proves that the request was sent, even if the body could not be read
  return failure.upstreamStatus !== null || !UNSENT.has(failure.code)
}

function marked(outcome: Outcome, isRepeatable: boolean): Outcome {
  const { failure } = outcome
  if (failure === null) return outcome
  const refused = failure.code === 'upstream_status' && failure.upstreamStatus !== null && failure.upstreamStatus < 500
  const mayBeCarriedOut = !refused
  if (isRepeatable) return { ...outcome, failure: { ...failure, mayBeCarriedOut } }
  const message = refused ? failure.message : `${failure.message}; the call may have been carried out`
  return { ...outcome, failure: { ...failure, message, retryable: false, mayBeCarriedOut } }
}
