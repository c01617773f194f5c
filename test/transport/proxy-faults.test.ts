import type { Duplex } from 'node:stream'
import t from 'tap'
import { eventually } from '../support/eventually.ts'
import { startHttpProxy } from '../support/http-proxy.ts'
import { trackLeaks } from '../support/leaks.ts'
import { callFor, proxiedBench } from './bench.ts'

/** What proxies do to CONNECT, and that nothing is left of it. */

const TIMEOUT_MS = 300
/** So long that what should not be a timeout is none on a busy machine. */
const LONG_MS = 4000
/** How much later than it should the event loop may do something, on a busy machine. */
const LATE_MS = 1700
/** Writes a text again and again, until the client is gone. */
function repeat(client: Duplex, text: string, everyMs: number, first = ''): void {
  client.write(first)
  const timer = setInterval(() => client.write(text), everyMs)
  client.on('close', () => clearInterval(timer))
}

const TIMEOUT = { code: 'connection_timeout', reason: 'TRIBUTARY_CONNECT_TIMEOUT' }
const PROTOCOL = { code: 'http_protocol_error', reason: 'TRIBUTARY_PROXY_PROTOCOL' }
const HEADERS = { code: 'http_response_header_section_size', reason: 'TRIBUTARY_PROXY_HEADERS' }
const CLOSED = { code: 'connection_terminated', reason: 'TRIBUTARY_PROXY_CLOSED' }
const refused = (status: number) => ({ code: 'connection_refused', reason: `TRIBUTARY_PROXY_STATUS_${status}` })

const FAULTS: readonly (readonly [string, (client: Duplex) => void, { code: string; reason: RegExp | string }])[] = [
  ['is silent', () => {}, TIMEOUT],
  ['drips its head', (client) => repeat(client, 'x', 20, 'HTTP/1.1 200 '), TIMEOUT],
  ['drips interim answers', (client) => repeat(client, 'HTTP/1.1 103 x\r\n\r\n', 20), TIMEOUT],
  ['sends interim answers without end', (client) => repeat(client, 'HTTP/1.1 103 x\r\n\r\n'.repeat(99), 1), HEADERS],
  ['has a huge head', (client) => client.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(16_384)}\r\n\r\n`), HEADERS],
  ['has an endless head', (client) => repeat(client, `x: ${'y'.repeat(999)}\r\n`, 1, 'HTTP/1.1 200 OK\r\n'), HEADERS],
  ['closes', (client) => client.end(), CLOSED],
  ['closes within its head', (client) => client.end('HTTP/1.1 200 OK\r\n'), CLOSED],
  [
    'resets',
    (client) => (client as never as { resetAndDestroy(): void }).resetAndDestroy(),
    { code: 'connection_terminated', reason: 'ECONNRESET' },
  ],
  ['is no HTTP server', (client) => client.write('SSH-2.0-OpenSSH_9.2\r\n'), PROTOCOL],
  ['begins as HTTP', (client) => client.write('HTTP/1.1 OK\r\n'), PROTOCOL],
  ['speaks HTTP/2.0', (client) => client.write('HTTP/2.0 200 OK\r\n\r\n'), PROTOCOL],
  ['ends lines with LF', (client) => client.write('HTTP/1.1 200 OK\n\n'), PROTOCOL],
  ['ends a header with LF', (client) => client.write('HTTP/1.1 200 OK\r\na: b\nc: d\r\n\r\n'), PROTOCOL],
  ['begins with a blank line', (client) => client.write('\r\nHTTP/1.1 200 OK\r\n\r\n'), PROTOCOL],
  ['switches protocols', (client) => client.write('HTTP/1.1 101 OK\r\n\r\n'), PROTOCOL],
  ['has status 600', (client) => client.write('HTTP/1.1 600 OK\r\n\r\n'), PROTOCOL],
  ['has status 000', (client) => client.write('HTTP/1.1 000 OK\r\n\r\n'), PROTOCOL],
  ['has status 2000', (client) => client.write('HTTP/1.1 2000 OK\r\n\r\n'), PROTOCOL],
  ['forbids it', (client) => client.write('HTTP/1.1 403 No\r\ncontent-length: 9\r\n\r\nforbidden'), refused(403)],
  ['reaches nothing', (client) => client.write('HTTP/1.0 502 No\r\n\r\n'), refused(502)],
  ['redirects', (client) => client.write('HTTP/1.1 302 No\r\nlocation: https://127.0.0.1/\r\n\r\n'), refused(302)],
  [
    'wants credentials',
    (client) => client.write('HTTP/1.1 407 No\r\n\r\n'),
    { code: 'authorization_failed', reason: 'TRIBUTARY_PROXY_STATUS_407' },
  ],
  ['is silent in the tunnel', (client) => client.write('HTTP/1.1 200 OK\r\n\r\n'), TIMEOUT],
  [
    'closes the tunnel',
    (client) => client.end('HTTP/1.1 200 OK\r\n\r\n'),
    { code: 'connection_terminated', reason: 'ECONNRESET' },
  ],
  [
    'has a body in its answer',
    (client) => client.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'),
    { code: 'tls_protocol_error', reason: /^ERR_SSL/ },
  ],
  [
    'sends garbage in the tunnel',
    (client) =>
      void client.write('HTTP/1.1 200 OK\r\n\r\n', () =>
        client.once('data', () => client.write('HTTP/1.1 200 OK\r\n\r\n')),
      ),
    { code: 'tls_protocol_error', reason: /^ERR_SSL/ },
  ],
]

for (const [name, answer, { code, reason }] of FAULTS) {
  t.test(`a proxy that ${name}: ${code}`, async (t) => {
    const proxy = await startHttpProxy(t, { answer })
    const { transport, seen } = proxiedBench(t, 'https://localhost', proxy.origin, {
      connectTimeoutMs: code === TIMEOUT.code ? TIMEOUT_MS : LONG_MS,
    })
    const leaks = trackLeaks(t)
    const startedAt = performance.now()
    const { failure } = await transport.attempt(callFor('/ok'))
    const tookMs = performance.now() - startedAt
    t.match(failure, { code, upstreamStatus: null })
    t.match(seen[0]?.reason, reason)
    if (code === TIMEOUT.code) t.ok(tookMs >= TIMEOUT_MS - 2 && tookMs < TIMEOUT_MS + LATE_MS, `${tookMs} ms`)
    else t.ok(tookMs < LATE_MS, `${tookMs} ms`)
    t.notMatch(failure?.message, /127\.0\.0|localhost|\d{4}/)
    await eventually(() => proxy.open === 0)
    await leaks.assertNone()
  })
}
