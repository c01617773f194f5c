import t from 'tap'
import { faultTable } from './table.ts'

const status = (code: number, more = '') => ({
  target: `/status?code=${code}${more}`,
  code: 'upstream_status',
  upstreamStatus: code,
})

t.test('statuses', async (t) => {
  await faultTable(t, [
    { ...status(204), code: 'empty' },
    { ...status(205), code: 'empty' },
    { ...status(404), code: 'empty', source: { emptyStatuses: [404, 410] } },
    { ...status(404), retryable: false },
    { ...status(400, '&bodyBytes=100'), retryable: false },
    { ...status(301, '&location=/ok'), retryable: false },
    { ...status(302, '&location=http://127.0.0.66/') },
    { ...status(304) },
    { ...status(500), retryable: true },
    { ...status(502) },
    { ...status(500, '&bodyBytes=1000000') },
    { ...status(500, '&endless=1') },
    { ...status(500, '&dripMs=10') },
    { ...status(429), retryable: true },
    { ...status(429, '&retryAfter=2'), retryAfterMs: 2000 },
    { ...status(503, '&retryAfter=0'), retryAfterMs: 0 },
    { ...status(503, '&retryAfter=-1') },
    { ...status(503, '&retryAfter=1.5') },
    { ...status(503, '&retryAfter=soon') },
    { ...status(503, '&retryAfter=99999999'), retryAfterMs: 99_999_999_000 },
    { ...status(500, '&retryAfter=2') },
    { ...status(999), code: 'http_protocol_error' },
    { ...status(600), code: 'http_protocol_error' },
    { target: '/status?code=202&bodyBytes=0', code: 'empty', upstreamStatus: 202 },
  ])
})

/** A response with this status line, after the bytes `before`. */
const raw = (line: string, before = '') => {
  const rest = 'Status\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"ok":true}'
  return { target: `/raw?base64=${Buffer.from(`${before}${line} ${rest}`).toString('base64url')}` }
}
const ok = { code: 'ok', data: '{"ok":true}' }
const protocol = { code: 'http_protocol_error', retryable: false }
const upgrade = 'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: foo\r\n\r\n'

t.test('interim responses, and invalid ones', async (t) => {
  await faultTable(t, [
    { ...raw('HTTP/1.1 200', 'HTTP/1.1 100 Continue\r\n\r\n'), ...ok },
    { ...raw('HTTP/1.1 200', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(3)), ...ok },
    { ...raw('HTTP/1.1 200', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n'), ...ok },
    { ...raw('HTTP/1.1 200', 'HTTP/1.1 199 Whatever\r\n\r\n'), ...ok },
    { ...raw('HTTP/1.1 200', '\r\n'), ...ok },
    { ...raw('HTTP/1.1 000'), ...protocol },
    { ...raw('HTTP/1.1 099'), ...protocol, upstreamStatus: 99 },
    { ...raw('HTTP/1.1 101'), ...protocol, upstreamStatus: 101 },
    { ...raw('HTTP/1.1 200', upgrade), ...protocol },
    { ...raw('HTTP/1.1 200', 'HTTP/1.1 000 Nothing\r\n\r\n'), ...protocol },
    { ...raw('HTTP/1.1 200', 'HTTP/1.1 099 Nothing\r\n\r\n'), ...protocol, upstreamStatus: 99 },
    { ...raw('HTTP/1.1 200', 'HTTP/1.1 101 Switching\r\n\r\n'), ...protocol, upstreamStatus: 101 },
  ])
})

t.test('versions', async (t) => {
  await faultTable(t, [
    { ...raw('HTTP/0.9 200'), ...protocol },
    { ...raw('HTTP/2.0 200'), ...protocol },
    { ...raw('HTTP/1.2 200'), ...protocol },
    { ...raw('ICY 200'), ...protocol },
    { ...raw('HTTP/2.0 200', 'HTTP/1.1 103 Early Hints\r\n\r\n'), ...protocol },
    { ...raw('HTTP/1.1 200', 'HTTP/2.0 103 Early Hints\r\n\r\n'), ...protocol },
    { ...raw('HTTP/2.0 200', '\r\n'), ...protocol },
  ])
})
