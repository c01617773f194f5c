import type { FailureCode } from '../core/failure.ts'

/** How far an attempt had come when it broke. */
export type Phase = 'connecting' | 'waiting' | 'receiving'

const BY_CODE: Readonly<Record<string, FailureCode>> = {
  ECONNREFUSED: 'connection_refused',
  EHOSTUNREACH: 'connection_refused',
  ENETUNREACH: 'connection_refused',
  EADDRNOTAVAIL: 'connection_refused',
  EACCES: 'connection_refused',
  ENOTFOUND: 'dns_error',
  EAI_AGAIN: 'dns_error',
  EAI_FAIL: 'dns_error',
  EAI_NODATA: 'dns_error',
  ETIMEDOUT: 'connection_timeout',
  TRIBUTARY_CONNECT_TIMEOUT: 'connection_timeout',
  TRIBUTARY_ADDRESS_PROHIBITED: 'destination_ip_prohibited',
  UND_ERR_HEADERS_OVERFLOW: 'http_response_header_section_size',
  EPROTO: 'tls_protocol_error',
  // What we lack, not what the source did
  EMFILE: 'internal_error',
  ENFILE: 'internal_error',
  ENOBUFS: 'internal_error',
  ENOMEM: 'internal_error',
}

/** OpenSSL's verification results, as Node names them in `error.code` (node:tls, "X509 certificate error codes"). */
const CERTIFICATE =
  /^(CERT_|CRL_|UNABLE_TO_|ERROR_IN_CRL|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/

const BROKEN =
  /^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|UND_ERR_CLOSED|UND_ERR_DESTROYED|UND_ERR_INFO|ERR_STREAM_)/

interface Described {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
}

/** The code of the system's, Node's or undici's error, for logs: safe to show, where its message may hold an address. */
export function reasonOf(error: unknown): string {
  const { code, name } = error as Described
  return String(code ?? name ?? 'unknown')
}

/** Of what getaddrinfo says, the one thing that may be otherwise in a moment: the name server could not be asked. */
export function isTemporary(reason: string): boolean {
  return reason === 'EAI_AGAIN'
}

/** Which failure an error is that the connection or the parser raised in this phase of an attempt. */
export function failureCodeOf(error: unknown, phase: Phase): FailureCode {
  const reason = reasonOf(error)
  const known = BY_CODE[reason]
  if (known !== undefined) return known === 'connection_timeout' ? timedOut(phase) : known
  if (CERTIFICATE.test(reason)) return 'tls_certificate_error'
  if (/^ERR_(SSL|TLS)_/.test(reason)) return 'tls_protocol_error'
  return protocolError(error as Described, phase) ? 'http_protocol_error' : broken(reason, phase)
}

/**
 * undici leaves the code of a parser's error undefined, and an end of file in the middle is a cut, not bad syntax. Any
 * syntax error after a Content-Length it calls a mismatch of lengths, which before the body there cannot be.
 */
function protocolError(error: Described, phase: Phase): boolean {
  const message = String(error.message)
  if (error.code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return phase !== 'receiving'
  if (error.name === 'HTTPParserError') return !/EOF/i.test(message)
  return message === 'bad response' || message === 'bad upgrade'
}

function broken(reason: string, phase: Phase): FailureCode {
  if (reason !== 'HTTPParserError' && !BROKEN.test(reason) && phase === 'connecting') return 'internal_error'
  return phase === 'receiving' ? 'http_response_incomplete' : 'connection_terminated'
}

/** The kernel gives up on a connection that was there (`ETIMEDOUT` of a keep-alive probe) as on one that never was. */
function timedOut(phase: Phase): FailureCode {
  if (phase === 'connecting') return 'connection_timeout'
  return phase === 'waiting' ? 'connection_terminated' : 'http_response_incomplete'
}
