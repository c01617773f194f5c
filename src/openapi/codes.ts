import type { Entry } from '../aggregate/entry.ts'
import { FAILURE_CODES, type FailureCode } from '../source/failure.ts'
import { messageOf } from '../source/transport/messages.ts'
import type { Schema } from './schemas.ts'

/** A failure code that clients may see. */
export type ShownCode = Exclude<FailureCode, 'cancelled'>

/** When each failure code comes up, for the document. */
export const CODE_MEANINGS: Readonly<Record<ShownCode, string>> = {
  connection_refused: 'the source refused the connection, or could not be reached',
  connection_terminated: 'the source cut the connection before it answered',
  connection_timeout: 'looking up, TCP or TLS took too long',
  dns_error: 'the name of the source has no address',
  tls_certificate_error: 'the certificate of the source is not trusted',
  tls_protocol_error: 'no TLS connection could be agreed on',
  http_response_timeout: 'an attempt or the call took longer than its timeout',
  http_response_incomplete: 'the answer broke off in its body',
  http_response_body_size: 'the body is larger than `maxBytes`',
  http_response_header_section_size: 'the headers are larger than 16 KiB',
  http_response_content_coding: 'the content coding is unknown or broken',
  http_protocol_error: 'the answer is not HTTP/1.1',
  upstream_status: 'a status other than 2xx; see `upstreamStatus`',
  invalid_body: 'the body is not JSON, or does not fit the schema of the source',
  select_failed: 'what is selected could not be taken from the body',
  destination_unavailable: 'it failed too often lately, and is left alone for a while (its breaker is open)',
  connection_limit_reached: 'too many calls to the source are in flight, or the call waited in line for too long',
  destination_ip_prohibited: 'its address is private, and those are refused for this source',
  deadline_exceeded: 'the deadline of the answer came first',
  dependency_failed: 'a source that it needs failed; see `cause`',
  internal_error: 'something went wrong in this service',
}

/** Every code that a client may see. */
export const SHOWN_CODES = Object.keys(CODE_MEANINGS) as ShownCode[]

const STATUS_OF = { timeout: 504, limit: 503, upstream: 502 } as const

/** The codes as a Markdown table. */
export function codeTable(): string {
  const rows = SHOWN_CODES.map((code) => {
    const { class: kind, retryable } = FAILURE_CODES[code]
    return `| \`${code}\` | ${CODE_MEANINGS[code]} | ${retryable ? 'yes' : 'no'} | ${STATUS_OF[kind]} |`
  })
  const head = ['| code | what happened | try again? | status if nothing is left |', '| --- | --- | --- | --- |']
  return [...head, ...rows].join('\n')
}

/** Who fails in an example. */
export type Failing = Pick<Entry, 'key' | 'required'> & {
  readonly source: { readonly id: string; readonly facts: { readonly timeoutMs: number } }
}

/** An entry of `failedSources` as the service writes it for this code. */
export function failureExample(code: ShownCode, { key, source, required }: Failing): Schema {
  const { timeoutMs } = source.facts
  return {
    id: key,
    source: source.id,
    code,
    message: sentence(code, source.id, timeoutMs),
    required,
    upstreamStatus: code === 'upstream_status' ? 503 : null,
    retryable: code === 'upstream_status' || FAILURE_CODES[code].retryable,
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
  'dependency_failed',
])

function sentence(code: ShownCode, source: string, timeoutMs: number): string {
  const own: { readonly [code in ShownCode]?: string } = {
    http_response_timeout: `${source} did not answer within ${timeoutMs} ms`,
    upstream_status: `${source} answered with status 503`,
    invalid_body: `${source} did not answer with valid JSON`,
    select_failed: `the select expression failed on the data of ${source}`,
    destination_unavailable: `${source} failed too often recently, and is not called for a while`,
    connection_limit_reached: `${source} has reached its limit of 100 calls in flight and 100 waiting`,
    deadline_exceeded: `${source} did not answer before the deadline`,
    dependency_failed: `${source} needs user, which failed`,
  }
  return own[code] ?? messageOf(code, source, { connectTimeoutMs: 300, maxBytes: 1_048_576 })
}
