import t from 'tap'
import { Exchange, type Exchanged, type Line } from '../../src/transport/exchange.ts'
import { NO_HEAD } from '../../src/transport/head.ts'

const newLine = (destroy = () => {}): Line => ({ onBytes: null, isForwarded: false, destroy })

interface Seen {
  readonly exchanged: Exchanged
  readonly reusable: boolean
}

function exchange(maxBytes = 100, keepsErrors = false): { readonly it: Exchange; readonly seen: Seen[] } {
  const seen: Seen[] = []
  return {
    it: new Exchange({ maxBytes, keepsErrors, keptHeaders: [] }, 'connecting', newLine(), (exchanged, reusable) =>
      seen.push({ exchanged, reusable }),
    ),
    seen,
  }
}

const body = (text: string) => ({ kind: 'body', status: 200, body: Buffer.from(text), head: NO_HEAD })

t.test('a body in zero, one or several chunks', async (t) => {
  for (const pieces of [[], ['{}'], ['{"a"', ':1', '}']]) {
    const { it, seen } = exchange()
    it.onRequestStart()
    it.onResponseStart(null, 200, {})
    for (const piece of pieces) it.onResponseData(null, Buffer.from(piece))
    it.onResponseEnd()
    t.strictSame(seen, [{ exchanged: body(pieces.join('')), reusable: true }])
  }
})

t.test('it settles once, and ignores later events', async (t) => {
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

t.test('an interim response is not the response', async (t) => {
  const { it, seen } = exchange()
  it.onRequestStart()
  it.onResponseStart(null, 103, { link: 'x' })
  t.equal(it.phase, 'waiting')
  it.onResponseStart(null, 200, { 'content-encoding': ['gzip', 'br'] })
  it.onResponseEnd()
  t.match(
    seen,
    [{ exchanged: { kind: 'body', head: { codings: ['br', 'gzip'] } } }],
    'repeated headers are one list, undone from its end',
  )
})

t.test('the status is reported even if the body is not read', async (t) => {
  const { it, seen } = exchange()
  it.onRequestStart()
  it.onResponseStart(null, 503, { 'retry-after': '2', location: '/x' })
  it.abandon('http_response_timeout')
  const head = {
    declaredBytes: 0,
    codings: [],
    retryAfter: '2',
    contentType: undefined,
    charset: null,
    isFramed: false,
    location: '/x',
    kept: [],
  }
  t.strictSame(seen, [
    { exchanged: { kind: 'status', status: 503, head, start: Buffer.alloc(0), body: null }, reusable: false },
  ])
})

const ERROR = Buffer.from('{"error":"x"}')

t.test('the body of a failing status is kept where it is wanted: whole, or not at all', async (t) => {
  const { it, seen } = exchange(10, true)
  it.onRequestStart()
  it.onResponseStart(null, 404, {})
  for (const at of [0, 5]) it.onResponseData(null, ERROR.subarray(at, at === 0 ? 5 : undefined))
  it.onResponseEnd()
  t.match(seen, [{ exchanged: { kind: 'status', status: 404, body: ERROR, start: ERROR.subarray(0, 5) } }])
  t.equal(seen[0]?.reusable, true)
  const cases: [string, Record<string, string>, Buffer[]][] = [
    ['cut off', {}, [ERROR]],
    ['too large', {}, [Buffer.alloc(64 * 1024, ' '), ERROR]],
    ['declared too large', { 'content-length': '65537' }, []],
  ]
  for (const [name, headers, pieces] of cases) {
    const { it, seen } = exchange(10, true)
    it.onResponseStart(null, 404, headers)
    for (const piece of pieces) it.onResponseData(null, piece)
    it.onResponseError(null, Object.assign(new Error(), { code: 'ECONNRESET' }))
    t.match(seen, [{ exchanged: { kind: 'status', status: 404, body: null }, reusable: false }], name)
  }
  const empty = exchange(10, true)
  empty.it.onResponseStart(null, 404, {})
  empty.it.onResponseEnd()
  t.match(empty.seen, [{ exchanged: { body: null }, reusable: true }])
})

t.test('a failing status whose body is cut off keeps its status', async (t) => {
  const { it, seen } = exchange()
  it.onRequestStart()
  it.onResponseStart(null, 404, {})
  it.onResponseError(null, Object.assign(new Error(), { code: 'ECONNRESET' }))
  t.match(seen, [{ exchanged: { kind: 'status', status: 404 }, reusable: false }])
})

t.test('a body in tiny chunks is rejected when its framing exceeds the limit', async (t) => {
  const seen: Exchanged[] = []
  const line = newLine()
  const it = new Exchange({ maxBytes: 1000, keepsErrors: false, keptHeaders: [] }, 'waiting', line, (exchanged) =>
    seen.push(exchanged),
  )
  it.onResponseStart(null, 200, {})
  it.onResponseData(null, Buffer.from(' '))
  t.equal(seen.length, 0)
  line.onBytes?.(Buffer.concat([Buffer.from('HTTP/1.1 200 OK'), Buffer.alloc(2 * 1000 + 64 * 1024)]))
  it.onResponseData(null, Buffer.from(' '))
  t.match(seen, [{ code: 'http_response_body_size' }])
})

t.test(
  'a source that sends only interim responses is disconnected, and ends like one that never responds',
  async (t) => {
    let destroyed = 0
    const seen: Exchanged[] = []
    const line = newLine(() => {
      destroyed += 1
    })
    const it = new Exchange({ maxBytes: 1000, keepsErrors: false, keptHeaders: [] }, 'waiting', line, (exchanged) =>
      seen.push(exchanged),
    )
    for (let n = 0; n < 32; n += 1) it.onResponseStart(null, 103, {})
    t.equal(destroyed, 0)
    it.onResponseStart(null, 103, {})
    t.equal(destroyed, 1)
    it.onResponseError(null, Object.assign(new Error(), { code: 'ECONNRESET' }))
    t.equal(seen.length, 0)
    it.abandon('http_response_timeout')
    t.match(seen, [{ code: 'http_response_timeout' }])
  },
)

t.test('many chunks are assembled in order', async (t) => {
  const { it, seen } = exchange(1_000_000)
  it.onResponseStart(null, 200, {})
  const text = Array.from({ length: 5000 }, (_, n) => String(n)).join(',')
  for (let at = 0; at < text.length; at += 7) it.onResponseData(null, Buffer.from(text.slice(at, at + 7)))
  it.onResponseEnd()
  t.strictSame(seen, [{ exchanged: body(text), reusable: true }])
})

t.test('a body of exactly the limit is accepted, one byte more is not', async (t) => {
  for (const pieces of [[100], [60, 40], [101], [60, 41]]) {
    const { it, seen } = exchange(100)
    it.onResponseStart(null, 200, {})
    for (const size of pieces) it.onResponseData(null, Buffer.alloc(size, 'x'))
    it.onResponseEnd()
    const fits = pieces.reduce((sum, size) => sum + size) === 100
    t.strictSame(
      seen.map(({ exchanged }) => (exchanged.kind === 'failed' ? exchanged.code : exchanged.kind)),
      [fits ? 'body' : 'http_response_body_size'],
    )
  }
})

t.test('a body that cannot be decoded fails at once, and only once', async (t) => {
  const { it, seen } = exchange()
  it.onResponseStart(null, 200, { 'content-encoding': 'x-rot13' })
  it.onResponseEnd()
  t.strictSame(seen, [
    {
      exchanged: {
        kind: 'failed',
        code: 'http_response_content_coding',
        reason: 'content-encoding',
        status: 200,
        head: { ...NO_HEAD, codings: null },
      },
      reusable: false,
    },
  ])
})

t.test('an unwanted body of unknown length is read up to a limit', async (t) => {
  const { it, seen } = exchange()
  it.onResponseStart(null, 500, {})
  it.onResponseData(null, Buffer.alloc(64 * 1024))
  t.equal(seen.length, 0)
  it.onResponseData(null, Buffer.alloc(1))
  t.match(seen, [{ exchanged: { kind: 'status', status: 500 }, reusable: false }])
  t.equal(seen.length, 1)
})
