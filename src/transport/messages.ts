import type { FailureCode } from '../core/failure.ts'
import { MAX_UPSTREAM_HEADER_BYTES } from '../core/limits.ts'
import { MESSAGES as COMMON } from '../core/messages.ts'

interface Bounds {
  readonly connectTimeoutMs: number
  readonly maxBytes: number
}

/**
 * Messages of failed attempts, for clients. They contain nothing of the original error, which may include an address.
 */
const MESSAGES: { readonly [code in FailureCode]?: (source: string, bounds: Bounds) => string } = {
  connection_refused: (source) => `${source} could not be reached`,
  connection_terminated: (source) => `${source} closed the connection before it answered`,
  connection_timeout: (source, { connectTimeoutMs }) =>
    `the connection to ${source} was not established within ${connectTimeoutMs} ms`,
  dns_error: (source) => `the host name of ${source} could not be resolved`,
  tls_certificate_error: (source) => `the certificate of ${source} is not trusted`,
  tls_protocol_error: (source) => `the TLS handshake with ${source} failed`,
  tls_alert_received: (source) => `${source} has refused the TLS connection; it may want a client certificate`,
  http_response_timeout: (source) => `${source} did not answer in time`,
  http_response_incomplete: (source) => `${source} closed the connection before its answer was complete`,
  http_response_body_size: (source, { maxBytes }) => `${source} answered with more than ${maxBytes} bytes`,
  http_response_header_section_size: (source) =>
    `${source} answered with headers of more than ${MAX_UPSTREAM_HEADER_BYTES / 1024} KiB`,
  http_response_content_coding: (source) => `${source} answered with a content coding that could not be decoded`,
  http_protocol_error: (source) => `${source} did not answer with valid HTTP/1.1`,
  authorization_failed: (source) => `the proxy has refused the credentials for ${source}`,
  destination_ip_prohibited: (source) =>
    `${source} has no public address, and calls to private addresses are not allowed`,
}

/** The message for a failed attempt. */
export function messageOf(code: FailureCode, source: string, bounds: Bounds): string {
  return MESSAGES[code]?.(source, bounds) ?? COMMON.internal(source)
}
