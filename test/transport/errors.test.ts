import t from 'tap'
import { failureCodeOf, isTemporary, type Phase, reasonOf } from '../../src/transport/errors.ts'

const coded = (code: string, message = '') => Object.assign(new Error(message), { code })
const parser = (message: string) => Object.assign(new Error(message), { name: 'HTTPParserError' })

t.test('each error maps to one failure, depending on the phase of the attempt', async (t) => {
  const table: [Error, Phase, string][] = [
    [coded('ECONNREFUSED'), 'connecting', 'connection_refused'],
    [coded('ENETUNREACH'), 'connecting', 'connection_refused'],
    [coded('ENOTFOUND'), 'connecting', 'dns_error'],
    [coded('EAI_AGAIN'), 'connecting', 'dns_error'],
    [coded('ETIMEDOUT'), 'connecting', 'connection_timeout'],
    [coded('ETIMEDOUT'), 'waiting', 'connection_terminated'],
    [coded('ETIMEDOUT'), 'receiving', 'http_response_incomplete'],
    [coded('ECONNRESET'), 'connecting', 'connection_terminated'],
    [coded('ECONNRESET'), 'waiting', 'connection_terminated'],
    [coded('EPIPE'), 'waiting', 'connection_terminated'],
    [coded('ECONNRESET'), 'receiving', 'http_response_incomplete'],
    [coded('UND_ERR_SOCKET', 'other side closed'), 'waiting', 'connection_terminated'],
    [coded('UND_ERR_SOCKET', 'bad response'), 'waiting', 'http_protocol_error'],
    [coded('UND_ERR_SOCKET', 'bad upgrade'), 'waiting', 'http_protocol_error'],
    [coded('UND_ERR_RES_CONTENT_LENGTH_MISMATCH'), 'receiving', 'http_response_incomplete'],
    [coded('UND_ERR_RES_CONTENT_LENGTH_MISMATCH'), 'waiting', 'http_protocol_error'],
    [coded('UND_ERR_HEADERS_OVERFLOW'), 'waiting', 'http_response_header_section_size'],
    [parser('Invalid character in chunk size'), 'receiving', 'http_protocol_error'],
    [parser('Invalid EOF state'), 'receiving', 'http_response_incomplete'],
    [parser('Invalid EOF state'), 'waiting', 'connection_terminated'],
    [coded('CERT_HAS_EXPIRED'), 'connecting', 'tls_certificate_error'],
    [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'connecting', 'tls_certificate_error'],
    [coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'connecting', 'tls_certificate_error'],
    [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'connecting', 'tls_certificate_error'],
    [coded('EPROTO'), 'connecting', 'tls_protocol_error'],
    [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'connecting', 'tls_protocol_error'],
    [coded('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'connecting', 'tls_protocol_error'],
    [coded('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE'), 'connecting', 'tls_alert_received'],
    [coded('ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR'), 'connecting', 'tls_alert_received'],
    [coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'waiting', 'tls_alert_received'],
    [coded('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'waiting', 'tls_alert_received'],
    [coded('ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR'), 'waiting', 'connection_terminated'],
    [coded('ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR'), 'receiving', 'http_response_incomplete'],
    [coded('TRIBUTARY_ADDRESS_PROHIBITED'), 'connecting', 'destination_ip_prohibited'],
    [coded('TRIBUTARY_PROXY_STATUS_407'), 'connecting', 'authorization_failed'],
    [coded('TRIBUTARY_PROXY_STATUS_403'), 'connecting', 'connection_refused'],
    [coded('TRIBUTARY_PROXY_STATUS_503'), 'connecting', 'connection_refused'],
    [coded('TRIBUTARY_PROXY_CLOSED'), 'connecting', 'connection_terminated'],
    [coded('TRIBUTARY_PROXY_PROTOCOL'), 'connecting', 'http_protocol_error'],
    [coded('TRIBUTARY_PROXY_HEADERS'), 'connecting', 'http_response_header_section_size'],
    [coded('EMFILE'), 'connecting', 'internal_error'],
    [new TypeError('a bug'), 'connecting', 'internal_error'],
  ]
  for (const [error, phase, code] of table) t.equal(failureCodeOf(error, phase), code, `${reasonOf(error)}, ${phase}`)
})

t.test('the reason is a name, never a message', async (t) => {
  t.equal(reasonOf(coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.66:80')), 'ECONNREFUSED')
  t.equal(reasonOf(new TypeError('http://127.0.0.66')), 'TypeError')
  t.equal(reasonOf({}), 'unknown')
})

t.test('only look-ups whose name server was unreachable are temporary failures', async (t) => {
  t.equal(isTemporary('EAI_AGAIN'), true)
  for (const reason of ['ENOTFOUND', 'EAI_FAIL', 'EAI_NODATA', 'ECONNREFUSED']) t.equal(isTemporary(reason), false)
})
