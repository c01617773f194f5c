import t from 'tap'
import { Exchange, type Exchanged } from '../../../src/source/transport/exchange.ts'

interface Seen {
  readonly exchanged: Exchanged
  readonly reusable: boolean
}

function exchange(maxBytes = 100): { readonly it: Exchange; readonly seen: Seen[] } {
  const seen: Seen[] = []
  return { it: new Exchange(maxBytes, 'connecting', (exchanged, reusable) => seen.push({ exchanged, reusable })), seen }
}

const body = (text: string) => ({ kind: 'body', status: 200, body: Buffer.from(text), codings: [] })

t.test('a body in no, one or several pieces', async (t) => {
  for (const pieces of [[], ['{}'], ['{"a"', ':1', '}']]) {
    const { it, seen } = exchange()
    it.onRequestStart()
    it.onResponseStart(null, 200, {})
    for (const piece of pieces) it.onResponseData(null, Buffer.from(piece))
    it.onResponseEnd()
    t.strictSame(seen, [{ exchanged: body(pieces.join('')), reusable: true }])
  }
})

t.test('it settles once, whatever comes later', async (t) => {
  const { it, seen } = exchange()
  it.onRequestStart()
  it.onResponseStart(null, 200, {})
  it.abandon('http_response_timeout')
  it.onResponseData(null, Buffer.alloc(1000))
  it.onResponseEnd()
  it.onResponseError(null, new Error('late'))
  t.match(seen, [{ exchanged: { kind: 'failed', code: 'http_response_timeout', status: 200 }, reusable: false }])
  t.equal(seen.length, 1)
})

t.test('an announcement is no response', async (t) => {
  const { it, seen } = exchange()
  it.onRequestStart()
  it.onResponseStart(null, 103, { link: 'x' })
  t.equal(it.phase, 'waiting')
  it.onResponseStart(null, 200, { 'content-encoding': ['gzip', 'br'] })
  it.onResponseEnd()
  t.match(
    seen,
    [{ exchanged: { kind: 'body', codings: ['br', 'gzip'] } }],
    'repeated headers are one list, undone from its end',
  )
})

t.test('a failing status is known even when its body is not waited for', async (t) => {
  const { it, seen } = exchange()
  it.onRequestStart()
  it.onResponseStart(null, 503, { 'retry-after': '2' })
  it.abandon('http_response_timeout')
  t.strictSame(seen, [{ exchanged: { kind: 'status', status: 503, retryAfter: '2' }, reusable: false }])
})

t.test('a failing status whose body breaks off is that status', async (t) => {
  const { it, seen } = exchange()
  it.onRequestStart()
  it.onResponseStart(null, 404, {})
  it.onResponseError(null, Object.assign(new Error(), { code: 'ECONNRESET' }))
  t.match(seen, [{ exchanged: { kind: 'status', status: 404 }, reusable: false }])
})
