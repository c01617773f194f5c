import type { Call, Policy } from '../core/call.ts'
import type { FailureCode } from '../core/failure.ts'
import type { Outcome } from '../core/outcome.ts'

/** Codes of attempts that ended before a request was sent. */
const UNSENT: ReadonlySet<FailureCode> = new Set([
  'connection_refused',
  'connection_timeout',
  'dns_error',
  'tls_certificate_error',
  'tls_protocol_error',
  'destination_ip_prohibited',
  'destination_unavailable',
  'connection_limit_reached',
])

/**
 * A client must not repeat a call that is not idempotent (RFC 9110, section 9.2.2) and may have been sent: the source may
 * have carried it out, whatever became of its answer. A status of 4xx says that it did not.
 */
export const nonIdempotent: Policy = (next) => async (call) => {
  const outcome = await next(call)
  return mayHaveBeenSent(call, outcome) ? unrepeatable(outcome) : outcome
}

function mayHaveBeenSent({ record }: Call, { failure }: Outcome): boolean {
  if (failure === null || record.effort.attempts === 0) return false
  // a status says that it was sent, whatever kept its body from being read
  return failure.upstreamStatus !== null || !UNSENT.has(failure.code)
}

function unrepeatable(outcome: Outcome): Outcome {
  const { failure } = outcome
  if (failure === null) return outcome
  const refused = failure.code === 'upstream_status' && failure.upstreamStatus !== null && failure.upstreamStatus < 500
  const message = refused ? failure.message : `${failure.message}; the call may have been carried out`
  return { ...outcome, failure: { ...failure, message, retryable: false } }
}
