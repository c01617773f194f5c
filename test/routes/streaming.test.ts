import { request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Built, build } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

interface Chunk {
  readonly text: string
  readonly ms: number
}

/** Reads a stream as it arrives. `onChunk` may end it early by returning true. */
function read(
  service: Built,
  path: string,
  accept: string,
  headers = {},
): Promise<{
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly chunks: readonly Chunk[]
  readonly text: string
}> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    // never compressed, although the client would accept it
    const sending = { accept, 'accept-encoding': 'gzip, br', ...headers }
    const sent = request(`${service.address}${path}`, { agent: false, headers: sending }, (response) => {
      const chunks: Chunk[] = []
      response.on('data', (bytes) => chunks.push({ text: String(bytes), ms: performance.now() - started }))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          chunks,
          text: chunks.map(({ text }) => text).join(''),
        }),
      )
    })
    sent.on('error', reject).end()
  })
}

async function service(t: Test, more: object = {}) {
  const upstream = await startUpstream(t)
  return {
    upstream,
    service: await build(t, {
      sources: {
        slow: { url: upstream.url('/ok?delayMs=600') },
        quick: { url: upstream.url('/ok') },
        down: { url: 'http://127.0.0.1:1/', retry: false },
      },
      views: { shaped: { sources: ['quick'], shape: 'quick' }, plain: { sources: ['quick', 'slow'] } },
      ...more,
    }),
  }
}

t.test('NDJSON: a line as each source settles, and the end', async (t) => {
  const { service: built } = await service(t)
  const { status, headers, chunks, text } = await read(built, '/aggregate', 'application/x-ndjson')
  t.equal(status, 200)
  t.match(headers, {
    'content-type': 'application/x-ndjson',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'transfer-encoding': 'chunked',
  })
  for (const name of ['content-encoding', 'server-timing', 'etag', 'aggregate-partial']) t.notOk(name in headers, name)
  const lines = text.trimEnd().split('\n')
  const records = lines.map((line) => JSON.parse(line))
  t.same(records.map(({ id, done }) => id ?? done).sort(), ['down', 'quick', 'slow', true].sort())
  t.equal(records.at(-2).id, 'slow')
  t.match(records.at(-1), { done: true, status: 200, partial: true, failedSources: [{ id: 'down' }] })
  const [firstMs = 0, lastMs = 0] = [chunks[0]?.ms, chunks.at(-1)?.ms]
  t.ok(lastMs - firstMs > 200, `the first record came after ${firstMs} ms, the last one after ${lastMs} ms`)
  t.ok(lastMs >= 550)
  const [line] = built.log.named('aggregate')
  t.match(line, { status: 200, partial: true, failed: ['down'], sources: ['slow', 'quick', 'down'] })
})

t.test('server-sent events, until done', async (t) => {
  const { service: built } = await service(t)
  const { headers, text } = await read(built, '/aggregate/plain', 'text/event-stream')
  t.equal(headers['content-type'], 'text/event-stream')
  const events = text.trimEnd().split('\n\n')
  t.match(events, [
    /^event: source\ndata: {"id":"quick"/,
    /^event: source\ndata: {"id":"slow"/,
    /^event: done\nid: done\ndata: {"done":true/,
  ])
  const again = await read(built, '/aggregate/plain', 'text/event-stream', { 'last-event-id': 'done' })
  t.match(again, { status: 204, text: '' }, 'EventSource stops')
  t.match(built.log.named('aggregate').at(-1), { status: 204, partial: false, failed: [] }, 'with a line in the log')
})

t.test('which media type', async (t) => {
  const { service: built } = await service(t)
  const typeOf = async (path: string, accept: string) => {
    const { status, headers } = await read(built, path, accept)
    return `${status} ${String(headers['content-type']).split(';')[0]}`
  }
  const quick = '/aggregate?sources=quick'
  t.equal(await typeOf(quick, '*/*'), '200 application/json')
  t.equal(await typeOf(quick, 'application/*'), '200 application/json')
  t.equal(await typeOf(quick, 'text/*'), '200 text/event-stream')
  t.equal(await typeOf(quick, 'application/x-ndjson, application/json;q=0.5'), '200 application/x-ndjson')
  t.equal(await typeOf(quick, 'application/json, application/x-ndjson;q=0.5'), '200 application/json')
  t.equal(await typeOf('/aggregate/shaped', 'text/event-stream'), '406 application/problem+json')
  t.equal(await typeOf('/aggregate/shaped', 'text/event-stream, */*;q=0.1'), '200 application/json')
  const refused = await read(built, quick, 'text/csv')
  t.match(JSON.parse(refused.text).detail, /application\/json, application\/x-ndjson,? or text\/event-stream/)
  t.equal(await typeOf('/aggregate?nope=1', 'application/x-ndjson'), '400 application/problem+json')
  const checked = await built.get(quick, { headers: { accept: 'application/x-ndjson' } })
  t.equal(checked.status, 200, 'each record is as the document says')
  const posted = await built.get('/aggregate', {
    method: 'POST',
    headers: { accept: 'application/x-ndjson', 'content-type': 'application/json' },
    body: '{"requests":[{"source":"quick"}]}',
  })
  t.equal(posted.status, 406)
})

t.test('HEAD has the headers of the stream, and asks no source', async (t) => {
  const { service: built, upstream } = await service(t)
  const headers = { accept: 'text/event-stream' }
  const head = await built.get('/aggregate?sources=quick', { method: 'HEAD', headers })
  t.match(head, { status: 200, headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } })
  t.equal(upstream.requests.length, 0)
  t.match(built.log.named('aggregate'), [{ status: 200, method: 'HEAD' }])
})

t.test('strict, and when all fail: the status is in the last record', async (t) => {
  const { service: built } = await service(t)
  const last = async (query: string) => {
    const { status, text } = await read(built, `/aggregate?${query}`, 'application/x-ndjson')
    t.equal(status, 200)
    return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')
  }
  t.match(await last('sources=down'), { done: true, status: 502, partial: true })
  t.match(await last('sources=quick,down&strict=true'), {
    status: 502,
    failedSources: [{ id: 'down', required: true }],
  })
  t.match(await last('sources=slow&deadlineMs=200'), { status: 504, failedSources: [{ code: 'deadline_exceeded' }] })
})

t.test('a client that leaves aborts the calls, and frees its slot', async (t) => {
  const { service: built, upstream } = await service(t, { server: { maxInFlight: 1 } })
  const sent = request(`${built.address}/aggregate?sources=slow`, {
    agent: false,
    headers: { accept: 'application/x-ndjson' },
  })
  sent.on('error', () => {})
  sent.end()
  await eventually(() => upstream.requests.length === 1, 2000)
  t.equal((await built.get('/aggregate?sources=quick')).status, 503, 'the slot is taken while it streams')
  sent.destroy()
  await eventually(() => built.log.named('aggregate').length === 1, 2000)
  t.match(built.log.named('aggregate'), [{ status: 499, cancelled: true }])
  await pause(50)
  t.strictSame(
    built.log.lines.filter(({ level }) => Number(level) >= 50),
    [],
    'it is no error of ours that there was no record yet',
  )
  t.equal((await built.get('/aggregate?sources=quick')).status, 200)
})

t.test('a client that reads nothing holds no slot once the records are made', async (t) => {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    server: { maxInFlight: 1, compress: false },
    sources: {
      big: { url: upstream.url('/ok?delayMs=0'), fallback: 'x'.repeat(1000) },
      quick: { url: upstream.url('/ok') },
    },
  })
  const socket = connect(built.port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  socket.pause()
  socket.write('GET /aggregate HTTP/1.1\r\nhost: x\r\naccept: application/x-ndjson\r\n\r\n')
  await eventually(() => built.log.named('aggregate').length === 1, 3000)
  t.equal((await built.get('/aggregate?sources=quick')).status, 200)
})

t.test('with credentials, streams are private', async (t) => {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    server: { auth: { apiKeys: ['a-key-of-this-test-01'] }, cors: { origins: ['https://app.example'] } },
    sources: { a: { url: upstream.url('/ok') } },
  })
  const headers = { 'x-api-key': 'a-key-of-this-test-01', origin: 'https://app.example' }
  const streamed = await read(built, '/aggregate', 'application/x-ndjson', headers)
  t.equal(streamed.headers['cache-control'], 'no-store, private')
  const refused = await built.get('/aggregate?nope=1', { headers })
  t.match(refused, { status: 400, headers: { 'cache-control': 'no-store, private' } })
  for (const name of ['origin', 'authorization', 'x-api-key'])
    t.match(refused.headers.vary?.toString().toLowerCase(), name)
  const stranger = await built.get('/aggregate', { headers: { origin: 'https://app.example' } })
  t.match(stranger.headers.vary, /Origin/)
  t.match(stranger.headers.vary, /x-api-key/)
})

t.test(
  'chains and lists: a record as each asked source settles, none for a source that only feeds others',
  async (t) => {
    const upstream = await startUpstream(t)
    const built = await build(t, {
      sources: {
        user: { url: upstream.url('/ok'), select: '{id: `7`, ids: [`1`, `2`]}' },
        orders: { url: `${upstream.origin}/echo/{id}`, bind: { id: { from: 'user', select: 'id' } }, select: 'path' },
        items: { url: `${upstream.origin}/echo/{id}`, forEach: { from: 'ids', as: 'id' }, select: 'path' },
        ids: { url: upstream.url('/ok'), select: '[`1`, `2`]', hidden: true },
        slow: { url: upstream.url('/ok?delayMs=400') },
      },
      views: { screen: { sources: ['slow', 'orders', 'items', 'user'] } },
    })
    const { text } = await read(built, '/aggregate/screen', 'application/x-ndjson')
    const records = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const ids = records.map(({ id, done }) => id ?? done)
    t.same(ids.toSorted(), ['items', 'orders', 'slow', 'user', true].toSorted())
    t.strictSame(ids.slice(-2), ['slow', true])
    t.ok(ids.indexOf('user') < ids.indexOf('orders'))
    const dataOf = (id: string) => records.find((record) => record.id === id).data
    t.same(dataOf('orders'), '/echo/7')
    t.same(dataOf('items'), ['/echo/1', '/echo/2'])
  },
)
