/**
 * How a call can fail: a closed set of codes, RFC 9209's tokens (section 2.3) where one fits, and what follows from each.
 */

/** What kind of trouble it is; an answer's status follows from the kinds of the failures that count. */
export type FailureClass = 'timeout' | 'limit' | 'upstream'

interface CodeFacts {
  readonly class: FailureClass
  /** Whether the same request may well succeed later; told to clients. */
  readonly retryable: boolean
}

/** Every failure code. README.md and the OpenAPI document say when each comes up. */
export const FAILURE_CODES = {
  connection_refused: { class: 'upstream', retryable: true },
  connection_terminated: { class: 'upstream', retryable: true },
  connection_timeout: { class: 'timeout', retryable: true },
  dns_error: { class: 'upstream', retryable: true },
  tls_certificate_error: { class: 'upstream', retryable: false },
  tls_protocol_error: { class: 'upstream', retryable: false },
  http_response_timeout: { class: 'timeout', retryable: true },
  http_response_incomplete: { class: 'upstream', retryable: true },
  http_response_body_size: { class: 'upstream', retryable: false },
  http_response_header_section_size: { class: 'upstream', retryable: false },
  http_response_content_coding: { class: 'upstream', retryable: false },
  http_protocol_error: { class: 'upstream', retryable: false },
  upstream_status: { class: 'upstream', retryable: false },
  invalid_body: { class: 'upstream', retryable: false },
  connection_limit_reached: { class: 'limit', retryable: true },
  deadline_exceeded: { class: 'timeout', retryable: true },
  dependency_failed: { class: 'upstream', retryable: false },
  internal_error: { class: 'upstream', retryable: false },
  /** The client left. In logs only: nobody is there to be told. */
  cancelled: { class: 'upstream', retryable: false },
} as const satisfies Record<string, CodeFacts>

export type FailureCode = keyof typeof FAILURE_CODES

/** Why a call has no data of its own. A value, never thrown. */
export interface Failure {
  readonly code: FailureCode
  /** A sentence for people, with the source's id. Never an address, a header or a part of a body of the upstream. */
  readonly message: string
  readonly class: FailureClass
  readonly retryable: boolean
  /** The status of the upstream's answer, where there was one. */
  readonly upstreamStatus: number | null
  /** How long the upstream asked to be left alone, in milliseconds (RFC 9110, section 10.2.3). */
  readonly retryAfterMs: number | null
  /** For `dependency_failed`: the source that failed first, and how. */
  readonly cause?: { readonly source: string; readonly code: FailureCode }
}

/** A failure with what its code says, and `more` where the occasion knows better. */
export function failure(
  code: FailureCode,
  message: string,
  more: Partial<Omit<Failure, 'code' | 'message'>> = {},
): Failure {
  const facts: CodeFacts = FAILURE_CODES[code]
  return { code, message, ...facts, upstreamStatus: null, retryAfterMs: null, ...more }
}

/** The failure of a status that is no success. 429 is a limit, and it and 5xx may pass (RFC 9110, RFC 6585). */
export function statusFailure(source: string, status: number, retryAfterMs: number | null): Failure {
  return failure('upstream_status', `${source} answered with status ${status}`, {
    class: status === 429 ? 'limit' : 'upstream',
    retryable: status === 429 || status >= 500,
    upstreamStatus: status,
    retryAfterMs,
  })
}
