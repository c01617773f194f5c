import { MAX_UPSTREAM_HEADER_BYTES } from '../../limits.ts'
import type { FailureCode } from '../failure.ts'

interface Bounds {
  readonly connectTimeoutMs: number
  readonly maxBytes: number
}

/** What a broken attempt is called to a person. Nothing of the error itself: it may hold an address. */
const MESSAGES: { readonly [code in FailureCode]?: (source: string, bounds: Bounds) => string } = {
  connection_refused: (source) => `${source} could not be connected to`,
  connection_terminated: (source) => `${source} closed the connection before it answered`,
  connection_timeout: (source, { connectTimeoutMs }) => `no connection to ${source} within ${connectTimeoutMs} ms`,
  dns_error: (source) => `no address was found for ${source}`,
  tls_certificate_error: (source) => `the certificate of ${source} is not trusted`,
  tls_protocol_error: (source) => `no TLS connection could be agreed on with ${source}`,
  http_response_timeout: (source) => `${source} did not answer in time`,
  http_response_incomplete: (source) => `${source} broke off in the middle of its answer`,
  http_response_body_size: (source, { maxBytes }) => `${source} answered with more than ${maxBytes} bytes`,
  http_response_header_section_size: (source) =>
    `${source} answered with headers of more than ${MAX_UPSTREAM_HEADER_BYTES / 1024} KiB`,
  http_response_content_coding: (source) => `${source} answered in a content coding that cannot be undone`,
  http_protocol_error: (source) => `${source} answered with something that is not HTTP/1.1`,
  destination_ip_prohibited: (source) => `${source} has no public address, and no other may be called`,
}

/** The sentence for a failed attempt at a source. */
export function messageOf(code: FailureCode, source: string, bounds: Bounds): string {
  return MESSAGES[code]?.(source, bounds) ?? `calling ${source} went wrong here, not there`
}
