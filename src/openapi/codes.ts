import type { Entry } from '../aggregate/menu.ts'
import { PROBLEM_OF } from '../aggregate/verdict.ts'
import { FAILURE_CODES, type FailureCode } from '../core/failure.ts'
import { MAX_UPSTREAM_HEADER_BYTES } from '../core/limits.ts'
import { MESSAGES } from '../core/messages.ts'
import { PROBLEMS } from '../http/problem.ts'
import { messageOf } from '../transport/messages.ts'
import type { Schema } from './schemas.ts'

/** A failure code that clients may see. */
export type ShownCode = Exclude<FailureCode, 'cancelled'>

/** When each failure code occurs, in Markdown. The table in docs/answers.md is generated from this. */
export const CODE_MEANINGS: Readonly<Record<ShownCode, string>> = {
  connection_refused: 'The source does not accept connections, or cannot be reached.',
  connection_terminated: 'The source closed the connection before the headers of its answer were complete.',
  connection_timeout:
    'Name look-up, TCP, the answer of a proxy and TLS together took longer than `connectTimeout`, or had not ended at the timeout.',
  dns_error: 'The host name has no address, or could not be looked up.',
  tls_certificate_error: 'The certificate is not trusted, has expired, or belongs to another host.',
  tls_protocol_error: 'The TLS handshake failed.',
  tls_alert_received: 'The source refused the connection in the TLS handshake; it may want a client certificate.',
  http_response_timeout: 'The answer was not complete at `attemptTimeout` or `timeout`.',
  http_response_incomplete: 'The connection ended within the body. No part of the body is shown.',
  http_response_body_size: 'The body is larger than `maxBytes`.',
  http_response_header_section_size: `The headers are larger than ${MAX_UPSTREAM_HEADER_BYTES / 1024} KiB.`,
  http_response_content_coding: 'The content coding is unknown or broken. Known are gzip, deflate, br and zstd.',
  http_protocol_error: 'The answer is not valid HTTP/1.1, or has much more than `maxBytes` around its body.',
  upstream_status: 'The status is not 2xx, and not one of `emptyStatuses`; see `upstreamStatus`.',
  upstream_error: 'The status is 2xx, and `failWhen` is true for the body.',
  authorization_failed:
    'No access token could be had for the source (`auth.oauth2`), or not within its timeout; or its proxy wants credentials, or refused ours.',
  invalid_body: 'The body is not of its `format`, or does not fit `schema` where `validate` is true.',
  select_failed: 'The expression in `select` or `failWhen` failed on the body.',
  destination_unavailable:
    'The breaker is open: the source (or each of its origins) failed too often recently, and is not called for a while.',
  connection_limit_reached:
    'The bulkhead and its queue are full, the rate limit leaves no time, or the timeout passed while the call waited for either.',
  destination_ip_prohibited: 'The host has no public address, and `denyPrivateAddresses` is on.',
  deadline_exceeded: 'The deadline of the answer passed first.',
  dependency_failed: 'What it needs from another source is missing or cannot be used; see `cause`.',
  internal_error: 'An internal error occurred in this service; its log has more.',
}

/** Every code that a client may see. */
export const SHOWN_CODES = Object.keys(CODE_MEANINGS) as ShownCode[]

export const CODE_COLUMNS = ['code', 'when', 'class -> status', 'retried', 'counts for the breaker', 'retryable']

/** The columns from the third on, for codes whose properties depend on the case. */
const SPECIAL: { readonly [code in ShownCode]?: readonly string[] } = {
  dns_error: ['upstream -> 502', 'if it could not be looked up', 'yes', 'yes'],
  http_response_timeout: ['timeout -> 504', 'after `attemptTimeout`', 'yes', 'yes'],
  authorization_failed: ['upstream -> 502; where that took too long: timeout -> 504', 'no', 'no', 'yes'],
  upstream_status: [
    'upstream -> 502; with 429: limit -> 503',
    '502, 503, 504; 429 with `Retry-After`',
    '5xx',
    'no; with 429 and 5xx: yes',
  ],
  deadline_exceeded: ['timeout -> 504', 'no', 'no; once its own timeout has passed: yes', 'yes'],
  dependency_failed: ["the cause's", 'no', 'no', "the cause's"],
}

/** The table of codes: a row for each, with `CODE_COLUMNS`. Its properties are read from `FAILURE_CODES`. */
export function codeRows(): readonly (readonly string[])[] {
  return SHOWN_CODES.map((code) => [`\`${code}\``, CODE_MEANINGS[code], ...(SPECIAL[code] ?? usual(code))])
}

function usual(code: ShownCode): readonly string[] {
  const { class: kind, retry, counts, retryable } = FAILURE_CODES[code]
  return [
    `${kind} -> ${PROBLEMS[PROBLEM_OF[kind]].status}`,
    ...[retry !== 'never', counts, retryable].map((yes) => (yes ? 'yes' : 'no')),
  ]
}

/** The failing source of an example. */
export type Failing = Pick<Entry, 'key' | 'required'> & {
  readonly source: { readonly id: string; readonly facts: { readonly timeoutMs: number } }
}

/** An entry of `failedSources` as the service writes it for this code; `status` is that of an `upstream_status`. */
export function failureExample(code: ShownCode, { key, source, required }: Failing, status = 503): Schema {
  const { timeoutMs } = source.facts
  return {
    id: key,
    source: source.id,
    code,
    message: sentence(code, source.id, timeoutMs, status),
    required,
    upstreamStatus: code === 'upstream_status' ? status : code === 'upstream_error' ? 200 : null,
    retryable: code === 'upstream_status' ? status >= 500 || status === 429 : FAILURE_CODES[code].retryable,
    retryAfterMs: null,
    attempts: UNCALLED.has(code) ? 0 : 1,
    durationMs: FAILURE_CODES[code].class === 'timeout' ? timeoutMs : 12.5,
    servedFrom: null,
    ...(code === 'dependency_failed' ? { cause: { source: 'user', code: 'connection_refused' } } : {}),
  }
}

const UNCALLED: ReadonlySet<string> = new Set([
  'destination_unavailable',
  'connection_limit_reached',
  'destination_ip_prohibited',
  'authorization_failed',
  'dependency_failed',
])

function sentence(code: ShownCode, source: string, timeoutMs: number, status: number): string {
  const own: { readonly [code in ShownCode]?: string } = {
    http_response_timeout: MESSAGES.responseTimeout(source, timeoutMs),
    upstream_status: MESSAGES.status(source, status),
    upstream_error: MESSAGES.reported(source),
    authorization_failed: MESSAGES.noToken(source),
    invalid_body: MESSAGES.invalidBody(source, 'JSON'),
    select_failed: MESSAGES.select(source),
    destination_unavailable: MESSAGES.breakerOpen(source),
    connection_limit_reached: MESSAGES.bulkheadFull(source, 100, 100),
    deadline_exceeded: MESSAGES.deadline(source),
    dependency_failed: MESSAGES.dependency(source, 'user'),
  }
  return own[code] ?? messageOf(code, source, { connectTimeoutMs: 300, maxBytes: 1_048_576 })
}
