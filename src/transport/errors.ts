import type { FailureCode } from '../core/failure.ts'
import { PROXY_AUTHENTICATION, PROXY_STATUS } from './tunnel.ts'

/** Progress of an attempt when an error occurred. */
export type Phase = 'connecting' | 'waiting' | 'receiving'

const BY_CODE: Readonly<Record<string, FailureCode>> = {
  ECONNREFUSED: 'connection_refused',
  EHOSTUNREACH: 'connection_refused',
  ENETUNREACH: 'connection_refused',
  EADDRNOTAVAIL: 'connection_refused',
  EACCES: 'connection_refused',
  // of a socket file: there is none, its queue is full, it is another file
  ENOENT: 'connection_refused',
  EAGAIN: 'connection_refused',
  ENOTSOCK: 'connection_refused',
  ENOTFOUND: 'dns_error',
  EAI_AGAIN: 'dns_error',
  EAI_FAIL: 'dns_error',
  EAI_NODATA: 'dns_error',
  ETIMEDOUT: 'connection_timeout',
  TRIBUTARY_CONNECT_TIMEOUT: 'connection_timeout',
  TRIBUTARY_ADDRESS_PROHIBITED: 'destination_ip_prohibited',
  TRIBUTARY_PROXY_CLOSED: 'connection_terminated',
  TRIBUTARY_PROXY_PROTOCOL: 'http_protocol_error',
  TRIBUTARY_PROXY_HEADERS: 'http_response_header_section_size',
  [`${PROXY_STATUS}${PROXY_AUTHENTICATION}`]: 'authorization_failed',
  UND_ERR_HEADERS_OVERFLOW: 'http_response_header_section_size',
  EPROTO: 'tls_protocol_error',
  // errors of this machine, not of the source
  EMFILE: 'internal_error',
  ENFILE: 'internal_error',
  ENOBUFS: 'internal_error',
  ENOMEM: 'internal_error',
}

/** OpenSSL verification errors, as in Node's `error.code` (node:tls, "X509 certificate error codes"). */
const CERTIFICATE =
  /^(CERT_|CRL_|UNABLE_TO_|ERROR_IN_CRL|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/

const BROKEN =
  /^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|UND_ERR_CLOSED|UND_ERR_DESTROYED|UND_ERR_INFO|ERR_STREAM_)/

/** An alert of the peer (RFC 8446, section 6). That it speaks another version is a matter of the protocol. */
const ALERT = /^ERR_SSL_.*_ALERT_(?!PROTOCOL_VERSION)/
/**
 * Alerts that end a handshake. In TLS 1.3 they may arrive after the client's side of it is complete: a client
 * certificate is refused when the request is already written (RFC 8446, section 4.4.2.4), and nobody reads it then.
 */
const REFUSAL =
  /_ALERT_(CERTIFICATE_|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|NO_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE|DECRYPT_ERROR|INSUFFICIENT_SECURITY)/

interface Described {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
}

/**
 * The error code of the system, Node or undici, for logs. It is safe to show; the message of the error may contain an
 * address.
 */
export function reasonOf(error: unknown): string {
  const { code, name } = error as Described
  return String(code ?? name ?? 'unknown')
}

/**
 * Whether a name look-up failed temporarily: the name server could not be reached. All other errors of getaddrinfo are
 * permanent.
 */
export function isTemporary(reason: string): boolean {
  return reason === 'EAI_AGAIN'
}

/**
 * Maps an error of the connection or the HTTP parser to a failure code. The phase matters: ECONNRESET means different
 * failures before and during the response.
 */
export function failureCodeOf(error: unknown, phase: Phase): FailureCode {
  const reason = reasonOf(error)
  const known = BY_CODE[reason]
  if (known !== undefined) return known === 'connection_timeout' ? timedOut(phase) : known
  if (reason.startsWith(PROXY_STATUS)) return 'connection_refused'
  if (CERTIFICATE.test(reason)) return 'tls_certificate_error'
  if (ALERT.test(reason)) return alerted(reason, phase)
  if (/^ERR_(SSL|TLS)_/.test(reason)) return 'tls_protocol_error'
  return protocolError(error as Described, phase) ? 'http_protocol_error' : broken(reason, phase)
}

/**
 * undici does not set the code of parser errors. An unexpected end of file is a lost connection, not a syntax error.
 * undici also reports every syntax error after a Content-Length as a length mismatch; before the body this cannot be
 * one.
 */
function protocolError(error: Described, phase: Phase): boolean {
  const message = String(error.message)
  if (error.code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return phase !== 'receiving'
  if (error.name === 'HTTPParserError') return !/EOF/i.test(message)
  return message === 'bad response' || message === 'bad upgrade'
}

/** An alert in the middle of an exchange is a lost connection: the request may have been carried out. */
function alerted(reason: string, phase: Phase): FailureCode {
  if (phase === 'receiving') return 'http_response_incomplete'
  return phase === 'connecting' || REFUSAL.test(reason) ? 'tls_alert_received' : 'connection_terminated'
}

function broken(reason: string, phase: Phase): FailureCode {
  if (reason !== 'HTTPParserError' && !BROKEN.test(reason) && phase === 'connecting') return 'internal_error'
  return phase === 'receiving' ? 'http_response_incomplete' : 'connection_terminated'
}

/**
 * The kernel reports `ETIMEDOUT` for failed connects, and also for established connections whose keep-alive probe
 * failed.
 */
function timedOut(phase: Phase): FailureCode {
  if (phase === 'connecting') return 'connection_timeout'
  return phase === 'waiting' ? 'connection_terminated' : 'http_response_incomplete'
}
