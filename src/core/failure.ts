import { MESSAGES } from './messages.ts'

/**
 * How a call can fail: a closed set of codes, RFC 9209's tokens (section 2.3) where one fits, and what follows from each.
 */

/** What kind of trouble it is; an answer's status follows from the kinds of the failures that count. */
export type FailureClass = 'timeout' | 'limit' | 'upstream'

/** Whether another attempt may be made after it: never, soon, or later (the source said that it has too much to do). */
export type RetryAdvice = 'never' | 'soon' | 'later'

interface CodeFacts {
  readonly class: FailureClass
  /** Whether the same request may well succeed later; told to clients. */
  readonly retryable: boolean
  readonly retry: RetryAdvice
  /** Whether it says that the source is unwell: what a breaker counts. */
  readonly counts: boolean
}

/** Trouble with the connection or the response, and how we treat it: the columns of `CodeFacts`. */
const PASSING = { class: 'upstream', retryable: true, retry: 'soon', counts: true } as const
const TIMEOUT = { ...PASSING, class: 'timeout' } as const
const LASTING = { class: 'upstream', retryable: false, retry: 'never', counts: true } as const
const LIMIT = { class: 'limit', retryable: true, retry: 'never', counts: false } as const
const NOT_THE_SOURCE = { ...LASTING, counts: false } as const

/** Every failure code. docs/answers.md and the OpenAPI document say when each comes up. */
export const FAILURE_CODES = {
  connection_refused: PASSING,
  connection_terminated: PASSING,
  connection_timeout: TIMEOUT,
  /** Of a name that does not exist; retried where the look-up itself failed (see errors.ts). */
  dns_error: { ...PASSING, retry: 'never' },
  tls_certificate_error: LASTING,
  tls_protocol_error: LASTING,
  http_response_timeout: TIMEOUT,
  http_response_incomplete: PASSING,
  http_response_body_size: LASTING,
  http_response_header_section_size: LASTING,
  http_response_content_coding: LASTING,
  http_protocol_error: LASTING,
  /** See `statusFailure`. */
  upstream_status: NOT_THE_SOURCE,
  invalid_body: NOT_THE_SOURCE,
  select_failed: NOT_THE_SOURCE,
  destination_unavailable: LIMIT,
  connection_limit_reached: LIMIT,
  destination_ip_prohibited: NOT_THE_SOURCE,
  deadline_exceeded: { ...TIMEOUT, retry: 'never', counts: false },
  dependency_failed: NOT_THE_SOURCE,
  internal_error: NOT_THE_SOURCE,
  /** The client left, or another attempt was faster. In logs only: nobody is there to be told. */
  cancelled: NOT_THE_SOURCE,
} as const satisfies Record<string, CodeFacts>

export type FailureCode = keyof typeof FAILURE_CODES

/** Why a call has no data of its own. A value, never thrown. */
export interface Failure extends CodeFacts {
  readonly code: FailureCode
  /** A sentence for people, with the source's id. Never an address, a header or a part of a body of the upstream. */
  readonly message: string
  /** The status of the upstream's answer, where there was one. */
  readonly upstreamStatus: number | null
  /** How long the upstream asked to be left alone, in milliseconds (RFC 9110, section 10.2.3). */
  readonly retryAfterMs: number | null
  /** For `dependency_failed`: the source that failed first, and how. */
  readonly cause?: { readonly source: string; readonly code: FailureCode }
  /** For a list of which some items are there: those that are not, by their place. */
  readonly items?: readonly FailedItem[]
  /**
   * For the log at debug, and never for clients: what was wrong with the body, as `temp must be a number` or `a syntax
   * error at byte 17`. It may name members of the data; it quotes none of their values.
   */
  readonly detail?: string
}

/** One item of a list that has no data. */
export interface FailedItem {
  readonly index: number
  readonly code: FailureCode
  readonly upstreamStatus: number | null
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
  return failure('upstream_status', MESSAGES.status(source, status), {
    class: status === 429 ? 'limit' : 'upstream',
    retryable: status === 429 || status >= 500,
    retry: retryAdvice(status, retryAfterMs),
    counts: status >= 500,
    upstreamStatus: status,
    retryAfterMs,
  })
}

/** After 429 only where the source says when. 500 and 501 tell of a fault that a second request would meet as well. */
function retryAdvice(status: number, retryAfterMs: number | null): RetryAdvice {
  if (status === 429) return retryAfterMs === null ? 'never' : 'later'
  if (status === 503) return 'later'
  return status === 502 || status === 504 ? 'soon' : 'never'
}
