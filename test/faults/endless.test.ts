import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { build } from '../support/build.ts'
import { get } from '../support/get.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { chunk } from '../support/upstream/plain.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { faultTable } from './table.ts'

/** Responses that never end, in each part of a response; and status lines that are invalid in HTTP/1.1. */

const KIB = 1024
const MAX_BYTES = 64 * KIB
/** The most bytes in the socket buffers of both sides that are not read yet. */
const BUFFERED_BYTES = 8 * KIB * KIB
const MOST_BYTES = 64 * KIB * KIB
const PIECE = Buffer.alloc(64 * KIB, 'x')
const CHUNKED = 'content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n'

/** Writes the start, then pieces without end; counts the bytes that were accepted. */
class Endless {
  sentBytes = 0
  readonly #start: string
  readonly #piece: Uint8Array

  constructor(start: string, piece: Uint8Array = PIECE) {
    this.#start = start
    this.#piece = piece
  }

  readonly handler: Handler = async (x) => {
    await x.write(this.#start)
    while (this.sentBytes < MOST_BYTES && (await x.write(this.#piece))) this.sentBytes += this.#piece.length
    await x.untilGone()
  }
}

const tiny = Buffer.from('1\r\n \r\n'.repeat(8 * KIB))

const ENDLESS: readonly (readonly [string, string, Endless])[] = [
  ['a status line', 'http_protocol_error', new Endless('HTTP/1.1 200 ')],
  ['an extension of a chunk', 'http_protocol_error', new Endless(`HTTP/1.1 200 OK\r\n${CHUNKED}5;`)],
  [
    'the size of a chunk',
    'http_protocol_error',
    new Endless(`HTTP/1.1 200 OK\r\n${CHUNKED}`, Buffer.alloc(64 * KIB, '0')),
  ],
  ['empty lines', 'http_protocol_error', new Endless('', Buffer.alloc(64 * KIB, '\r\n'))],
  ['an extension in a body that nobody reads', 'upstream_status', new Endless(`HTTP/1.1 404 No\r\n${CHUNKED}5;`)],
  ['a body that nobody reads', 'upstream_status', new Endless(`HTTP/1.1 404 No\r\n${CHUNKED}`, chunk(PIECE))],
  ['a header', 'http_response_header_section_size', new Endless('HTTP/1.1 200 OK\r\nx: ')],
  ['a body', 'http_response_body_size', new Endless(`HTTP/1.1 200 OK\r\n${CHUNKED}`, chunk(PIECE))],
  ['a body in the smallest chunks', 'http_response_body_size', new Endless(`HTTP/1.1 200 OK\r\n${CHUNKED}`, tiny)],
]

for (const [what, code, endless] of ENDLESS) {
  t.test(`${what} without end`, async (t) => {
    const upstream = await startUpstream(t, { script: { '/endless': endless.handler } })
    const source = { url: upstream.url('/endless'), timeout: '4s', maxBytes: `${MAX_BYTES}b`, retry: { attempts: 5 } }
    const service = await build(t, { deadline: { default: '5s' }, sources: { endless: source } })
    const { json } = await get(`${service.address}/aggregate`)
    t.match(json.failedSources, [{ code, attempts: 1, retryable: false }])
    t.ok(json.failedSources[0].durationMs < 3000, `${json.failedSources[0].durationMs} ms`)
    t.ok(endless.sentBytes < BUFFERED_BYTES, `${endless.sentBytes} bytes were sent`)
  })
}

t.test('trailers without end', async (t) => {
  const endless = new Endless(`HTTP/1.1 200 OK\r\n${CHUNKED}2\r\n{}\r\n0\r\n`, Buffer.from('a: b\r\n'.repeat(8 * KIB)))
  const upstream = await startUpstream(t, { script: { '/endless': endless.handler } })
  const source = { url: upstream.url('/endless'), timeout: '4s', maxBytes: `${MAX_BYTES}b` }
  const service = await build(t, { deadline: { default: '5s' }, sources: { endless: source } })
  const { json } = await get(`${service.address}/aggregate`)
  t.match(json.failedSources[0].code, /^http_(protocol_error|response_header_section_size)$/)
  t.ok(endless.sentBytes < BUFFERED_BYTES, `${endless.sentBytes} bytes were sent`)
})

const raw =
  (...pieces: readonly string[]): Handler =>
  async (x) => {
    for (const piece of pieces) if (!(await x.write(piece)) || !(await x.sleep(10))) return
  }

const BODY = 'content-length: 11\r\n\r\n{"ok":true}'

t.test('status lines that are not valid in HTTP/1.1', async (t) => {
  const broken = { code: 'http_protocol_error', retryable: false }
  const script = {
    '/000': raw(`HTTP/1.1 000 Nothing\r\n${BODY}`),
    '/099': raw(`HTTP/1.1 099 Nothing\r\n${BODY}`),
    '/101': raw(`HTTP/1.1 101 Switching Protocols\r\n\r\n`),
    '/101-upgrade': raw('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    '/http2': raw(`HTTP/2.0 200 OK\r\n${BODY}`),
    '/http09': raw(`HTTP/0.9 200 OK\r\n${BODY}`),
    '/http2-pieces': raw('HT', 'TP/', '2', `.0 200 OK\r\n${BODY}`),
    '/pieces': raw('HT', 'TP/1', '.', `1 200 OK\r\n${BODY}`),
    '/http10': raw(`HTTP/1.0 200 OK\r\n${BODY}`),
    '/102': raw(`HTTP/1.1 102 Processing\r\n\r\n`, `HTTP/1.1 200 OK\r\n${BODY}`),
    '/100': raw('HTTP/1.1 100 Continue\r\n\r\n', `HTTP/1.1 200 OK\r\n${BODY}`),
    '/103-http2': raw('HTTP/1.1 103 Early Hints\r\n\r\n', `HTTP/2.0 200 OK\r\n${BODY}`),
    '/103': raw('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n', `HTTP/1.1 200 OK\r\n${BODY}`),
  }
  await faultTable(
    t,
    [
      { target: '/000', ...broken },
      { target: '/099', ...broken, upstreamStatus: 99 },
      { target: '/101', ...broken, upstreamStatus: 101 },
      { target: '/101-upgrade', ...broken },
      { target: '/http2', ...broken },
      { target: '/http09', ...broken },
      { target: '/http2-pieces', ...broken },
      { target: '/pieces', code: 'ok' },
      { target: '/http10', code: 'ok' },
      { target: '/102', code: 'ok' },
      { target: '/103', code: 'ok' },
      { target: '/100', code: 'ok' },
      { target: '/103-http2', ...broken },
    ],
    { script },
  )
})

t.test('bytes after a response end its connection, and are not read', async (t) => {
  const after = new Endless(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${BODY}`,
    Buffer.alloc(64 * KIB, '\r\n'),
  )
  const upstream = await startUpstream(t, { script: { '/endless': after.handler } })
  const service = await build(t, { sources: { a: { url: upstream.url('/endless') } } })
  t.equal((await service.get('/aggregate')).json.partial, false)
  await pause(300)
  t.ok(after.sentBytes < BUFFERED_BYTES, `${after.sentBytes} bytes were sent`)
  t.equal(upstream.open, 0)
})

t.test('limits apply to each response, not to the connection', async (t) => {
  const upstream = await startUpstream(t)
  const source = { url: upstream.url('/ok?bytes=60000'), maxBytes: `${MAX_BYTES}b` }
  const service = await build(t, { sources: { a: source } })
  for (let n = 0; n < 20; n += 1) t.equal((await service.get('/aggregate')).json.partial, false)
  t.equal(upstream.connections, 1)
})
