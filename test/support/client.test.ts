import t from 'tap'
import { get, type RawOptions, sendRaw } from './client.ts'
import { startUpstream } from './upstream/upstream.ts'

t.test('sends odd bytes, in pieces', async (t) => {
  const { port, requests } = await startUpstream(t)
  const pieces = ['GET /ec', 'ho HTTP/1.1\r\nx-odd: \xff', Buffer.from('\r\n\r\n')]
  const answer = await sendRaw(port, pieces, { gapMs: 20 })
  t.match(answer, {
    status: 200,
    complete: true,
    closed: false,
    error: null,
    headers: { 'content-type': 'application/json' },
  })
  t.ok(answer.ms > 36, `two gaps: ${answer.ms}`)
  t.equal(requests[0]?.headers['x-odd'], '\xff')
})

t.test('reads bodies of every framing', async (t) => {
  const { port } = await startUpstream(t)
  const ask = (path: string, method = 'GET') => sendRaw(port, `${method} ${path} HTTP/1.1\r\n\r\n`)
  t.match(await ask('/chunked?trailer=1'), { body: '{"ok":true}', complete: true })
  t.match(await ask('/http10'), { body: '{"ok":true}', complete: true, closed: 'fin' })
  t.match(await ask('/status?code=204'), { status: 204, body: '', complete: true })
  t.match(await ask('/ok', 'HEAD'), { status: 200, body: '', complete: true })
  t.match(await ask('/cut-chunks'), { body: '{"ok":true}', complete: false, closed: 'fin' })
  t.match(await ask('/garbage-content-length'), { complete: false })
  t.match(await ask('/http09'), { status: null, headers: {} })
})

t.test('knows when it has enough', async (t) => {
  const { port } = await startUpstream(t)
  const ask = (path: string, options: RawOptions) => sendRaw(port, `GET ${path} HTTP/1.1\r\n\r\n`, options)
  t.match(await ask('/drip-body', { until: /\[/ }), { status: 200, complete: false, closed: false })
  t.match(await ask('/smuggled?delayMs=20', { lingerMs: 500, until: /smuggled/ }), {
    raw: /smuggled/,
    body: '{"ok":true}',
  })
  t.match(await ask('/fin-in-body', { until: /never/ }), { closed: 'fin' })
  t.ok((await ask('/endless-body', { maxBytes: 100_000 })).raw.length < 300_000)
  const silent = await ask('/silent', { timeoutMs: 30 })
  t.match(silent, { status: null, closed: false, error: null, raw: { length: 0 } })
})

t.test('get is a plain request', async (t) => {
  const upstream = await startUpstream(t)
  const answer = await get(upstream.url('/echo'), { headers: { 'x-a': '1' } })
  t.match(answer, { status: 200, json: { method: 'GET', headers: { 'x-a': '1', connection: 'close' } } })
  t.match(await get(upstream.url('/invalid-json')), { body: '{"ok": tru', json: undefined })
  await t.rejects(get(upstream.url('/fin-in-body')), { code: 'ECONNRESET' })
  await t.rejects(get(upstream.url('/silent'), { timeoutMs: 30 }), { message: /no answer from .* within 30 ms/ })
})
