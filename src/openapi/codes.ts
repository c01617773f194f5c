import { FAILURE_CODES, type FailureCode } from '../source/failure.ts'

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
  connection_limit_reached: 'too many calls to the source are in flight, or the call waited in line for too long',
  deadline_exceeded: 'the deadline of the answer came first',
  dependency_failed: 'a source that it needs failed; see `cause`',
  internal_error: 'something went wrong in this service',
}

/** Every code that a client may see. */
export const SHOWN_CODES = Object.keys(CODE_MEANINGS) as ShownCode[]

const STATUS_OF = { timeout: 504, limit: 503, upstream: 502 } as const

/** The codes as a Markdown table, for the description of `failedSources`. */
export function codeTable(): string {
  const rows = SHOWN_CODES.map((code) => {
    const { class: kind, retryable } = FAILURE_CODES[code]
    return `| \`${code}\` | ${CODE_MEANINGS[code]} | ${STATUS_OF[kind]} | ${retryable ? 'yes' : 'no'} |`
  })
  const head = ['| code | when | status if nothing is left | worth another try |', '| --- | --- | --- | --- |']
  return [...head, ...rows].join('\n')
}
