import { MESSAGES } from './messages.ts'

/**
 * Failure codes: a closed set, named after the tokens of RFC 9209 (section 2.3) where one fits, and the properties of
 * each.
 */

/** Kind of a failure. The status of an answer follows from the kinds of the failures that count. */
export type FailureClass = 'timeout' | 'limit' | 'upstream'

/** Whether a failed attempt may be retried: never, soon, or later (the source reported overload). */
export type RetryAdvice = 'never' | 'soon' | 'later'

interface CodeFacts {
  readonly class: FailureClass
  /** Whether the same request may succeed later. Clients see it. */
  readonly retryable: boolean
  readonly retry: RetryAdvice
  /** Whether a breaker counts it: the failure indicates that the source is unhealthy. */
  readonly counts: boolean
}

/** Combinations of `CodeFacts` that several codes share. */
const PASSING = { class: 'upstream', retryable: true, retry: 'soon', counts: true } as const
const TIMEOUT = { ...PASSING, class: 'timeout' } as const
const LASTING = { class: 'upstream', retryable: false, retry: 'never', counts: true } as const
const LIMIT = { class: 'limit', retryable: true, retry: 'never', counts: false } as const
const NOT_THE_SOURCE = { ...LASTING, counts: false } as const

/** All failure codes. docs/answers.md and the OpenAPI document describe when each occurs. */
export const FAILURE_CODES = {
  connection_refused: PASSING,
  connection_terminated: PASSING,
  connection_timeout: TIMEOUT,
  /** Not retried, since the name does not exist. Retried if the name server could not be reached (see errors.ts). */
  dns_error: { ...PASSING, retry: 'never' },
  tls_certificate_error: LASTING,
  tls_protocol_error: LASTING,
  tls_alert_received: LASTING,
  http_response_timeout: TIMEOUT,
  http_response_incomplete: PASSING,
  http_response_body_size: LASTING,
  http_response_header_section_size: LASTING,
  http_response_content_coding: LASTING,
  http_protocol_error: LASTING,
  /** See `statusFailure`. */
  upstream_status: NOT_THE_SOURCE,
  upstream_error: NOT_THE_SOURCE,
  /** No token could be had for the source, of class timeout where that is why; or its proxy wants other credentials than ours. */
  authorization_failed: { ...NOT_THE_SOURCE, retryable: true },
  invalid_body: NOT_THE_SOURCE,
  select_failed: NOT_THE_SOURCE,
  destination_unavailable: LIMIT,
  connection_limit_reached: LIMIT,
  destination_ip_prohibited: NOT_THE_SOURCE,
  deadline_exceeded: { ...TIMEOUT, retry: 'never', counts: false },
  dependency_failed: NOT_THE_SOURCE,
  internal_error: NOT_THE_SOURCE,
  /** The client disconnected, or another attempt was faster. Only in logs: no client receives it. */
  cancelled: NOT_THE_SOURCE,
} as const satisfies Record<string, CodeFacts>

/** Names of the failure codes. */
export type FailureCode = keyof typeof FAILURE_CODES

/** Why a call has no live data. A value that is returned, never thrown. */
export interface Failure extends CodeFacts {
  readonly code: FailureCode
  /** A message for clients; it names the source. Never contains an address, a header, or upstream data. */
  readonly message: string
  /** Status of the upstream response; null if there was none. */
  readonly upstreamStatus: number | null
  /** Retry-After of the upstream in milliseconds (RFC 9110, section 10.2.3); null if it sent none. */
  readonly retryAfterMs: number | null
  /** For a call that may change something: whether the source may have carried it out nevertheless. */
  readonly mayBeCarriedOut?: boolean
  /** For `dependency_failed`: the source that failed first, and its code. */
  readonly cause?: { readonly source: string; readonly code: FailureCode }
  /** The status that this failure gives to the answer of a view, where it decides (`passStatus`). */
  readonly passes?: number
  /** With `passes: 401`: the WWW-Authenticate of the source, if it can be shown. */
  readonly challenge?: string
  /** What `errorDetails` makes of the body of a failed answer, as JSON text. Clients see it. */
  readonly details?: Buffer
  /** For a list that is incomplete: the items without data. */
  readonly items?: readonly FailedItem[]
  /**
   * For debug logs only, never for clients: what is wrong with the body, such as `temp must be a number` or `a syntax
   * error at byte 17`. It may contain names of members, but no values.
   */
  readonly detail?: string
}

/** One item of a list that has no data. */
export interface FailedItem {
  readonly index: number
  readonly code: FailureCode
  readonly upstreamStatus: number | null
  /** See `Failure.details`. */
  readonly details?: Buffer
}

/** Creates a failure with the properties of its code; `more` overrides them. */
export function failure(
  code: FailureCode,
  message: string,
  more: Partial<Omit<Failure, 'code' | 'message'>> = {},
): Failure {
  const facts: CodeFacts = FAILURE_CODES[code]
  return { code, message, ...facts, upstreamStatus: null, retryAfterMs: null, ...more }
}

/** The failure for a status other than 2xx. 429 counts as a limit (RFC 6585); 429 and 5xx are retryable for clients. */
export function statusFailure(source: string, status: number, retryAfterMs: number | null): Failure {
  return failure('upstream_status', MESSAGES.status(source, status), {
    class: status === 429 ? 'limit' : 'upstream',
    retryable: status === 429 || status >= 500,
    retry: retryAdvice(status, retryAfterMs),
    counts: status >= 500,
    upstreamStatus: status,
    retryAfterMs,
  })
}

/**
 * 429 is retried only if the source sent Retry-After. 500 and 501 are not retried: a second request would most likely
 * fail in the same way.
 */
function retryAdvice(status: number, retryAfterMs: number | null): RetryAdvice {
  if (status === 429) return retryAfterMs === null ? 'never' : 'later'
  if (status === 503) return 'later'
  return status === 502 || status === 504 ? 'soon' : 'never'
}
