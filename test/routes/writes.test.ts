import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { type Built, build, type Line } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import type { Owner } from '../support/owner.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Views with another method than GET, and sources that change something. */

const JSON_BODY = { 'content-type': 'application/json' }
const post = (body: unknown, headers = {}) => ({
  method: 'POST',
  headers: { ...JSON_BODY, ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

/** An upstream that answers after a while, and notes which requests arrived, and which were cut off. */
async function slow(t: Owner) {
  const seen: string[] = []
  const cut: string[] = []
  const answered: string[] = []
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    seen.push(`${request.method} ${url}`)
    const afterMs = Number(/ms=(\d+)/.exec(url)?.[1] ?? 0)
    const status = Number(/status=(\d+)/.exec(url)?.[1] ?? 200)
    const timer = setTimeout(() => {
      answered.push(url)
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"id":7}')
    }, afterMs)
    response.on('close', () => {
      clearTimeout(timer)
      if (!response.writableFinished) cut.push(url)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, cut, answered }
}

async function orders(t: Owner, more: object = {}) {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    sources: {
      order: {
        url: `${upstream.origin}/echo/orders{?trace}`,
        method: 'POST',
        params: {
          item: { type: 'string', required: true },
          count: { type: 'integer', default: 1 },
          trace: { type: 'string' },
        },
        body: { item: '{item}', count: '{count}' },
        select: '{method: method, target: target, body: body}',
      },
      stock: { url: `${upstream.origin}/echo/stock`, select: 'target' },
    },
    views: { buy: { method: 'POST', path: '/v1/orders', sources: ['order', 'stock'] } },
    ...more,
  })
  return { built, upstream }
}

t.test('parameters come from the members of the body, and from the query', async (t) => {
  const { built, upstream } = await orders(t)
  const { status, json, headers } = await built.get('/v1/orders?trace=x', post({ item: 'cup', count: 2 }))
  t.equal(status, 200)
  t.match(json.data, {
    order: { method: 'POST', target: '/echo/orders?trace=x', body: '{"item":"cup","count":2}' },
    stock: '/echo/stock',
  })
  t.equal(headers['cache-control'], 'no-store')
  t.notOk('etag' in headers)
  t.match(
    (await built.get('/v1/orders?item=cup&count=3', { method: 'POST' })).json.data.order.body,
    '{"item":"cup","count":3}',
    'without a body',
  )
  t.match((await built.get('/v1/orders', post({ 'order.item': 'a' }))).json.data.order.body, '{"item":"a","count":1}')
  t.equal(upstream.count('/echo/orders'), 3)
})

t.test('a bad body is refused before anything is called', async (t) => {
  const { built, upstream } = await orders(t)
  const refused: [object, number, RegExp][] = [
    [post([1]), 400, /must be a JSON object; its members are parameters/],
    [post('null'), 400, /must be a JSON object/],
    [post('"text"'), 400, /must be a JSON object/],
    [post('{'), 400, /not valid JSON/],
    [post({}), 400, /"item" of order is missing/],
    [post({ item: 7 }), 400, /"item" must be a string/],
    [post({ item: 'a', nope: 1 }), 400, /no parameter "nope"/],
    [post({ item: 'a', strict: true }), 400, /no parameter "strict"/],
    [post({ item: 'a' }, { 'content-type': 'text/plain' }), 415, /must be JSON/],
    [post({ item: 'a' }, { 'content-encoding': 'gzip' }), 415, /Content-Encoding/],
    [post({ item: 'a'.repeat(70_000) }), 413, /at most 64 KiB/],
    [post({ item: 'a' }, { accept: 'application/x-ndjson' }), 406, /only as application\/json/],
  ]
  for (const [options, status, detail] of refused) {
    const answer = await built.get('/v1/orders', options)
    t.match([answer.status, answer.json?.detail], [status, detail], String(detail))
  }
  const twice = await built.get('/v1/orders?item=b', post({ item: 'a' }))
  t.match(twice.json.errors, [
    { path: 'item', message: '"item" was given in the query and in the body; give it once.' },
  ])
  const some = await built.get('/v1/orders?sources=order', post({ item: 'a' }))
  t.match([some.status, some.json.errors], [400, [{ path: 'sources', message: /only a GET can ask some/ }]])
  const get = await built.get('/v1/orders')
  t.same([get.status, get.headers.allow], [405, 'OPTIONS, POST'])
  t.equal(upstream.requests.length, 0)
})

t.test('all methods, at /aggregate/{view} without a path', async (t) => {
  const upstream = await startUpstream(t)
  const methods = ['POST', 'PUT', 'PATCH', 'DELETE']
  const source = (method: string) => ({ url: `${upstream.origin}/echo`, method, select: 'method' })
  const built = await build(t, {
    sources: Object.fromEntries(methods.map((method) => [method.toLowerCase(), source(method)])),
    views: Object.fromEntries(methods.map((method) => [`do${method}`, { method, sources: [method.toLowerCase()] }])),
  })
  for (const method of methods) {
    const { status, json } = await built.get(`/aggregate/do${method}`, { method })
    t.same([status, json.data], [200, { [method.toLowerCase()]: method }])
    const empty = { method, headers: { ...JSON_BODY, 'content-length': '0' } }
    t.equal((await built.get(`/aggregate/do${method}`, empty)).status, 200, 'a media type without a body')
  }
})

t.test('body: forward sends the JSON of the client byte for byte', async (t) => {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    sources: {
      raw: {
        url: `${upstream.origin}/echo{?dry}`,
        method: 'POST',
        body: 'forward',
        params: { dry: { type: 'boolean' } },
        select: '{body: body, type: headers."content-type"}',
      },
      after: { url: `${upstream.origin}/echo/{n}`, bind: { n: { from: 'raw', select: 'type' } } },
      plain: { url: upstream.url('/ok') },
    },
    views: { send: { method: 'POST', path: '/v1/raw', sources: ['raw'] } },
  })
  for (const body of ['{ "a" : 9007199254740993,\n"__proto__":{"b":1} }', '[1, 2]', '"text"', 'null', '7']) {
    const { status, json } = await built.get('/v1/raw?dry=true', post(body))
    t.same([status, json.data?.raw?.body], [200, body])
  }
  t.match(await built.get('/v1/raw', post('{"a":')), { status: 400, json: { detail: /not valid JSON/ } })
  t.equal((await built.get('/v1/raw', { method: 'POST' })).status, 200, 'without a body none is sent')
  t.match(upstream.requests.at(-1)?.headers['content-type'], undefined)
  t.match((await built.get('/aggregate?sources=raw')).json.detail, /may change something/)
  t.same(Object.keys((await built.get('/aggregate')).json.data), ['plain'])
})

t.test('a parameter may have the name of a member that every object has', async (t) => {
  const upstream = await startUpstream(t)
  const text = { type: 'string' }
  const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty']
  const built = await build(t, {
    sources: {
      write: {
        url: `${upstream.origin}/echo/w`,
        method: 'POST',
        params: Object.fromEntries(names.map((name) => [name, text])),
        body: Object.fromEntries(names.map((name) => [name, `{${name}}`])),
      },
      plain: { url: `${upstream.origin}/echo/w`, method: 'POST' },
    },
    views: {
      write: { method: 'POST', sources: ['write'] },
      plain: { method: 'POST', sources: ['plain'] },
    },
  })
  const sent = async (view: string, body: object, query = '') => {
    const { status, json } = await built.get(`/aggregate/${view}${query}`, post(body))
    return status === 200 ? JSON.parse(json.data[view].body) : [status, json.errors?.map((one: Line) => one.message)]
  }
  t.same(await sent('write', {}), {})
  t.same(await sent('write', { constructor: 'a', toString: 'b' }), { constructor: 'a', toString: 'b' })
  t.same(await sent('write', { valueOf: 'a' }, '?hasOwnProperty=b'), { valueOf: 'a', hasOwnProperty: 'b' })
  t.match(await sent('write', { constructor: 'a' }, '?constructor=b'), [400, [/given in the query and in the body/]])
  t.match(await sent('plain', { constructor: 'a' }), [400, [/^There is no parameter "constructor"/]])
})

t.test('requests that a page of another site has caused are refused', async (t) => {
  const { built, upstream } = await orders(t, { server: { cors: { origins: ['https://app.example'] } } })
  const host = new URL(built.address).host
  const refused: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: `http://${host}.evil.example` },
    { 'sec-fetch-site': 'cross-site', origin: `http://${host}` },
    // what says nothing leaves it to Origin
    { 'sec-fetch-site': '', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-origin, cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'toString', origin: 'https://evil.example' },
  ]
  for (const headers of refused) {
    const { status, json } = await built.get('/v1/orders', post({ item: 'a' }, headers))
    t.match([status, json.detail], [403, /page of another site/], JSON.stringify(headers))
  }
  t.equal(upstream.requests.length, 0)
  const allowed: Record<string, string>[] = [
    {},
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { origin: `http://${host}` },
    { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
  ]
  for (const headers of allowed)
    t.equal((await built.get('/v1/orders', post({ item: 'a' }, headers))).status, 200, JSON.stringify(headers))
})

async function writing(
  t: Owner,
  more: object = {},
): Promise<{ built: Built; upstream: Awaited<ReturnType<typeof slow>> }> {
  const upstream = await slow(t)
  const built = await build(t, {
    sources: {
      write: {
        url: `${upstream.origin}/w{?ms,status}`,
        method: 'POST',
        timeout: '3s',
        params: { ms: { type: 'integer' }, status: { type: 'integer' } },
      },
      after: { url: `${upstream.origin}/after/{id}`, bind: { id: { from: 'write', select: 'id' } } },
      down: { url: 'http://127.0.0.1:1/', required: true, retry: false },
    },
    views: {
      one: { method: 'POST', sources: ['write'] },
      fed: { method: 'POST', sources: ['write', 'after'] },
      broken: { method: 'POST', sources: ['write', 'down'] },
      shaped: { method: 'POST', sources: ['write', 'down'], shape: '{n: write.id}' },
    },
    ...more,
  })
  return { built, upstream }
}

t.test('a write that was sent runs on after the deadline, and is logged; nothing new is started', async (t) => {
  const { built, upstream } = await writing(t)
  const { status, json, headers } = await built.get('/aggregate/fed?ms=700&deadlineMs=200', { method: 'POST' })
  t.equal(status, 504)
  t.match(json.failedSources[0], {
    id: 'write',
    code: 'deadline_exceeded',
    retryable: false,
    message: /may have been carried out$/,
  })
  t.same(json.data, { write: null, after: null }, 'it may have been carried out')
  t.notOk('retry-after' in headers)
  t.same(upstream.answered, [])
  await eventually(() => built.log.named('finished').length > 0, 5000)
  t.match(built.log.named('finished')[0], {
    level: 30,
    source: 'write',
    id: 'write',
    outcome: 'ok',
    upstreamStatus: 200,
  })
  t.ok(Number(built.log.named('finished')[0]?.latencyMs) >= 650)
  t.same([upstream.answered.length, upstream.cut.length], [1, 0])
  t.same(upstream.seen.length, 1, 'what needs it was not asked')
})

t.test('a write that was sent runs on when its client leaves', async (t) => {
  const { built, upstream } = await writing(t)
  const sent = request(`${built.address}/aggregate/one?ms=500`, { method: 'POST', agent: false })
  sent.on('error', () => {})
  sent.end()
  await eventually(() => upstream.seen.length > 0, 3000)
  sent.destroy()
  await eventually(() => built.log.named('finished').length > 0, 5000)
  t.match(built.log.named('upstream')[0], { outcome: 'cancelled' })
  t.same([upstream.answered.length, upstream.cut.length], [1, 0])
})

t.test('a write whose deadline passes while it connects was not carried out, and is given up', async (t) => {
  let open = 0
  const silent = createTcpServer((socket) => {
    open += 1
    socket.resume().on('error', () => {})
    socket.on('close', () => {
      open -= 1
    })
  }).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const built = await build(t, {
    sources: {
      write: {
        url: `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`,
        method: 'POST',
        timeout: '9s',
        connectTimeout: '9s',
      },
    },
    views: { one: { method: 'POST', sources: ['write'], deadline: '300ms' } },
  })
  const { status, json } = await built.get('/aggregate/one', { method: 'POST' })
  const message = 'write did not answer before the deadline'
  t.match([status, json.failedSources[0].attempts, json.failedSources[0].retryable], [504, 1, true])
  t.equal(json.failedSources[0].message, message, 'and not that it may have been carried out')
  t.notOk('data' in json)
  await eventually(() => open === 0)
})

t.test('it ends at the timeout of its source, and holds its place in the bulkhead until then', async (t) => {
  const upstream = await slow(t)
  const built = await build(t, {
    sources: {
      write: { url: `${upstream.origin}/w?ms=5000`, method: 'POST', timeout: '600ms', bulkhead: { maxInFlight: 1 } },
    },
    views: { one: { method: 'POST', sources: ['write'], deadline: '150ms' } },
  })
  await built.get('/aggregate/one', { method: 'POST' })
  const second = await built.get('/aggregate/one', { method: 'POST' })
  t.match(second.json.failedSources[0], { code: 'deadline_exceeded', retryable: true }, 'it waited, and was not sent')
  t.equal(upstream.seen.length, 1)
  await eventually(() => built.log.named('finished').length > 0, 5000)
  t.match(built.log.named('finished')[0], { level: 40, outcome: 'http_response_timeout' })
  await eventually(() => upstream.cut.length === 1, 2000)
})

t.test('a problem document keeps the data of a write that succeeded', async (t) => {
  const { built } = await writing(t)
  const { status, json } = await built.get('/aggregate/broken', { method: 'POST' })
  t.same([status, json.data], [502, { write: { id: 7 }, down: null }])
  const shaped = await built.get('/aggregate/shaped', { method: 'POST' })
  t.same([shaped.status, shaped.json.data], [502, { n: 7 }])
  const refused = await built.get('/aggregate/broken?status=409', { method: 'POST' })
  t.same([refused.status, Object.hasOwn(refused.json, 'data')], [502, false], 'a 4xx was not carried out')
  const lost = await built.get('/aggregate/broken?status=500', { method: 'POST' })
  t.same([lost.status, lost.json.data], [502, { write: null, down: null }], 'a 500 may have been')
})

t.test('a stop waits for writes that run on', async (t) => {
  const { built, upstream } = await writing(t)
  await built.get('/aggregate/one?ms=800&deadlineMs=100', { method: 'POST' })
  await built.stop()
  t.same([upstream.answered.length, upstream.cut.length], [1, 0])
})

t.test('a reload that changes the source does not cut off a write that runs on', async (t) => {
  const { built, upstream } = await writing(t)
  await built.get('/aggregate/one?ms=600&deadlineMs=100', { method: 'POST' })
  const { parseConfig } = await import('../../src/config/load.ts')
  const next = parseConfig(JSON.stringify({ sources: { other: { url: `${upstream.origin}/x` } } }), { PORT: '0' })
  if (next.config === null) throw new Error('the configuration is wrong')
  await built.reload(next.config)
  await eventually(() => built.log.named('finished').length > 0, 5000)
  t.same([upstream.answered.length, upstream.cut.length], [1, 0])
})

t.test('each entry of an unsafe source is a call, and each item of a list', async (t) => {
  const upstream = await slow(t)
  const built = await build(t, {
    sources: {
      list: { url: `${upstream.origin}/list`, fallback: [1, 1, 2], select: 'nope[0]', hidden: true },
      write: { url: `${upstream.origin}/w`, method: 'POST' },
      each: { url: `${upstream.origin}/each/{n}`, method: 'POST', forEach: { from: 'ids', as: 'n' } },
      ids: { url: `${upstream.origin}/ids`, select: '[`1`, `1`, `2`]', hidden: true },
    },
    views: {
      twice: { method: 'POST', sources: { a: { source: 'write' }, b: { source: 'write' } } },
      items: { method: 'POST', sources: ['each'] },
    },
  })
  await built.get('/aggregate/twice', { method: 'POST' })
  t.equal(upstream.seen.filter((line) => line === 'POST /w').length, 2)
  await built.get('/aggregate/items', { method: 'POST' })
  t.equal(upstream.seen.filter((line) => line.startsWith('POST /each/')).length, 3)
})

t.test('a read takes data of the write in its view, which is asked once', async (t) => {
  const { built, upstream } = await writing(t)
  const { status } = await built.get('/aggregate/fed', { method: 'POST' })
  t.equal(status, 200)
  t.same(upstream.seen, ['POST /w', 'GET /after/7'])
})

t.test('with idempotency-key, a POST is repeated only if the client has sent one; items have their own', async (t) => {
  const seen: (string | undefined)[] = []
  const server = createServer((request: IncomingMessage, response) => {
    if (request.url === '/ids') return void response.end('["a","b"]')
    seen.push(request.headers['idempotency-key'] as string | undefined)
    response.writeHead(503).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const source = {
    method: 'POST',
    idempotent: true,
    forwardHeaders: ['idempotency-key'],
    retry: { attempts: 2, baseDelay: '1ms' },
  }
  const built = await build(t, {
    sources: {
      pay: { url: `${origin}/pay`, ...source },
      each: { url: `${origin}/each/{n}`, ...source, retry: false, forEach: { from: 'ids', as: 'n', concurrency: 1 } },
      ids: { url: `${origin}/ids`, hidden: true },
    },
    views: { pay: { method: 'POST', sources: ['pay'] }, each: { method: 'POST', sources: ['each'] } },
  })
  await built.get('/aggregate/pay', { method: 'POST' })
  t.same(seen.splice(0), [undefined])
  await built.get('/aggregate/pay', { method: 'POST', headers: { 'idempotency-key': '' } })
  t.same(seen.splice(0), [''], 'an empty one is none')
  await built.get('/aggregate/pay', { method: 'POST', headers: { 'idempotency-key': 'k1' } })
  t.same(seen.splice(0), ['k1', 'k1'])
  await built.get('/aggregate/each', { method: 'POST', headers: { 'idempotency-key': 'k2' } })
  t.same(seen.splice(0), ['k2-0', 'k2-1'])
  await pause(10)
})

t.test('a list of writes that were all refused has changed nothing; one in part has', async (t) => {
  const upstream = await slow(t)
  const each = (select: string) => ({
    url: `${upstream.origin}/each?status={n}`,
    method: 'POST',
    retry: false,
    forEach: { from: 'codes', select, as: 'n' },
  })
  const built = await build(t, {
    sources: {
      codes: { url: `${upstream.origin}/codes`, select: '{bad: [`409`, `422`], mixed: [`409`, `200`]}', hidden: true },
      refused: each('bad'),
      mixed: each('mixed'),
      down: { url: 'http://127.0.0.1:1/', required: true, retry: false },
    },
    views: {
      none: { method: 'POST', sources: ['refused', 'down'] },
      some: { method: 'POST', sources: ['mixed', 'down'] },
    },
  })
  const none = await built.get('/aggregate/none', { method: 'POST' })
  t.same([none.status, Object.hasOwn(none.json, 'data')], [502, false])
  const some = await built.get('/aggregate/some', { method: 'POST' })
  t.same([some.status, some.json.data], [502, { mixed: [null, { id: 7 }], down: null }])
})
