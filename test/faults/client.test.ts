import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { type Built, build, type Line } from '../support/build.ts'
import { sendRaw } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import type { Owner } from '../support/owner.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

/** Faulty and malicious clients. */

const HEAD = 'GET /aggregate HTTP/1.1\r\nHost: x\r\n'

async function service(t: Owner): Promise<{ built: Built; upstream: Upstream }> {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    sources: {
      echo: {
        url: `${upstream.origin}/echo/{a}{?q}`,
        params: { a: { type: 'string', default: 'x' }, q: { type: 'string' } },
      },
      silent: { url: upstream.url('/silent'), timeout: '8s' },
    },
    deadline: { default: '9s' },
  })
  return { built, upstream }
}

t.test('invalid requests', async (t) => {
  const { built, upstream } = await service(t)
  const bad: Record<string, [string, number]> = {
    'no Host': ['GET /aggregate HTTP/1.1\r\n\r\n', 400],
    'two Hosts': [`${HEAD}Host: y\r\n\r\n`, 400],
    'Content-Length with Transfer-Encoding': [
      'POST /aggregate HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    'two Content-Lengths': [
      'POST /aggregate HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345',
      400,
    ],
    'bare line feeds': ['GET /aggregate HTTP/1.1\nHost: x\n\n', 400],
    'not HTTP': ['hello\r\n\r\n', 400],
    'a bad chunk': [
      'POST /aggregate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
    'a bad chunk, where the answer is quick': [
      'GET /health/live HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
    'a long URL': [`GET /aggregate?q=${'x'.repeat(8200)} HTTP/1.1\r\nHost: x\r\n\r\n`, 414],
    'large headers': [`${HEAD}x-big: ${'x'.repeat(16_400)}\r\n\r\n`, 431],
    'headers beyond the parser': [`${HEAD}x-big: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
    'a URL beyond the parser': [`GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 414],
    'two slashes': ['GET //127.0.0.66/aggregate HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    dots: ['GET /aggregate/../sources HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    'encoded dots': ['GET /aggregate/%2e%2e/sources HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    'a broken path': ['GET /aggregate/%zz HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    'a broken query': ['GET /aggregate?q=%zz HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    'a query that is not UTF-8': ['GET /aggregate?q=%ff HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    'an unknown key': ['GET /aggregate?nope=1 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    'a prototype': ['GET /aggregate?__proto__[x]=1 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    'a line break in a value': ['GET /aggregate?q=a%0d%0ax:%20y HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    'a NUL in a value': ['GET /aggregate?q=a%00 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    'a segment of dots': ['GET /aggregate?a=.. HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    'HTTP/0.9': ['GET /aggregate\r\n\r\n', 400],
    'HTTP/0.9, said so': ['GET /aggregate HTTP/0.9\r\nHost: x\r\n\r\n', 400],
    'HTTP/2.0': ['GET /aggregate HTTP/2.0\r\nHost: x\r\n\r\n', 400],
    'a Host with a space': ['GET /aggregate HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    'a Host with a user': ['GET /aggregate HTTP/1.1\r\nHost: user@x\r\n\r\n', 400],
    'a Host with a path': ['GET /aggregate HTTP/1.1\r\nHost: x/y\r\n\r\n', 400],
    'two Hosts in one line': ['GET /aggregate HTTP/1.1\r\nHost: x, y\r\n\r\n', 400],
    'a Host with a port that is no number': ['GET /aggregate HTTP/1.1\r\nHost: x:8o\r\n\r\n', 400],
    'an unknown transfer coding': [
      'POST /aggregate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      501,
    ],
    'chunked twice': [
      'POST /aggregate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    'a transfer coding without chunked': [
      'POST /aggregate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n',
      400,
    ],
    'Transfer-Encoding in HTTP/1.0': [
      'POST /aggregate HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    'a fragment': ['GET /aggregate?sources=echo#a HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    'another scheme': ['GET ftp://x/aggregate HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    'an asterisk': ['GET * HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    'a tunnel': ['CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n', 400],
    'a body in another charset': [
      'POST /aggregate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json; charset=utf-16\r\nContent-Length: 2\r\n\r\n{}',
      415,
    ],
    'a space before the colon': ['GET /aggregate HTTP/1.1\r\nHost : x\r\n\r\n', 400],
    'a folded header': ['GET /aggregate HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n', 400],
    'an empty segment': ['GET /aggregate?a= HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  }
  for (const [name, [bytes, status]] of Object.entries(bad)) {
    const answer = await sendRaw(built.port, bytes)
    t.equal(answer.status, status, name)
    t.match(answer.headers['content-type'], /^application\/problem\+json/, `${name}: a problem document`)
    t.match(JSON.parse(answer.body), { status, type: /^urn:tributary:problem:/, requestId: /./ })
    t.notMatch(answer.body, /node_modules|\.ts:|\\n +at /, `${name}: no stack`)
  }
  t.equal(upstream.requests.length, 0, 'nothing reached an upstream')
  t.equal((await built.get('/aggregate?sources=echo')).status, 200, 'and it still serves')
})

t.test('values cannot change other parts of an upstream URL', async (t) => {
  const { built, upstream } = await service(t)
  for (const value of ['?b#c', 'a/b', '/../x', '%2e%2e', '//127.0.0.66', 'a&b=c', '@127.0.0.66', 'ä ö', '\\..\\']) {
    upstream.reset()
    const text = encodeURIComponent(value)
    const answer = await built.get(`/aggregate?sources=echo&a=${text}&q=${text}`)
    t.equal(answer.status, 200, value)
    const strict = encodeURIComponent(value).replace(
      /[!'()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    )
    t.equal(upstream.requests[0]?.target, `/echo/${strict}?q=${strict}`)
  }
})

t.test('an absolute request target is accepted (RFC 9112, section 3.2.2)', async (t) => {
  const { built, upstream } = await service(t)
  const target = 'http://127.0.0.66/aggregate?sources=echo'
  const answer = await sendRaw(built.port, `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)
  t.equal(answer.status, 200)
  t.match(upstream.requests, [{ path: '/echo/x', headers: { host: `127.0.0.1:${upstream.port}` } }])
})

t.test('bodies', async (t) => {
  const { built } = await service(t)
  const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    built.get('/aggregate', { method: 'POST', headers, body })
  t.equal((await post('{')).status, 400, 'broken JSON')
  t.equal((await post('')).status, 400, 'empty')
  t.equal((await post('[]')).status, 400, 'of another shape')
  t.equal((await post('{"requests":[]}')).status, 400, 'nothing asked')
  t.equal((await post('{"__proto__":{"x":1},"requests":[{"source":"echo"}]}')).status, 400, 'a prototype')
  t.equal((await post('x=1', { 'content-type': 'application/x-www-form-urlencoded' })).status, 415, 'another type')
  t.equal((await post('{}', {})).status, 415, 'no type')
  t.equal((await post('{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' })).status, 415, 'coded')
  t.equal(
    (await post(`{"requests":[{"source":"echo","params":{"q":"${'x'.repeat(66_000)}"}}]}`)).status,
    413,
    'too large',
  )
})

t.test('a client that leaves aborts its upstream attempts, on GET and on POST', async (t) => {
  const { built, upstream } = await service(t)
  const body = '{"requests":[{"source":"silent"}]}'
  const requests = [
    'GET /aggregate?sources=silent HTTP/1.1\r\nHost: x\r\n\r\n',
    `POST /aggregate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  ]
  for (const [index, request] of requests.entries()) {
    const socket = connect(built.port, '127.0.0.1')
    socket.write(request)
    await eventually(() => upstream.open > 0)
    await pause(20)
    t.equal(upstream.open, 1, 'the attempt goes on while the client waits')
    socket.destroy()
    // usually within 2 ms; without an abort, at the timeout of the source
    await eventually(() => upstream.open === 0, 2000)
    await eventually(() => ['upstream', 'aggregate'].every((msg) => built.log.named(msg).length > index))
    t.match(built.log.named('upstream').at(-1), { level: 30, outcome: 'cancelled', source: 'silent' })
    t.match(built.log.named('aggregate').at(-1), { level: 30, cancelled: true, status: 499 })
  }
})

t.test('a client that does not read its answer holds no slot', async (t) => {
  const upstream = await startUpstream(t)
  const source = { url: upstream.url('/ok?bytes=4000000'), maxBytes: '8mb' }
  const service = await build(t, {
    server: { maxInFlight: 3 },
    sources: { large: source, small: { url: upstream.url('/ok') } },
  })
  for (let n = 0; n < 6; n += 1) {
    const socket = connect({ port: service.port, host: '127.0.0.1' }).pause()
    t.teardown(() => socket.destroy())
    socket.write('GET /aggregate?sources=large HTTP/1.1\r\nHost: x\r\n\r\n')
    await pause(100)
  }
  const ask = async () => (await service.get('/aggregate?sources=small')).status
  let status = await ask()
  // wait until the large bodies are read and their answers written
  for (let tries = 0; tries < 50 && status !== 200; tries += 1) {
    await pause(100)
    status = await ask()
  }
  t.equal(status, 200)
  t.equal((await service.get('/health/ready')).status, 200)
})

t.test('readers of streams that stop reading are cut off at the bound, and the others never notice', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    deadline: { default: '9s' },
    defaults: { timeout: '9s' },
    sources: {
      large: { url: upstream.url('/ok?bytes=8000000'), maxBytes: '8mb' },
      small: { url: upstream.url('/ok') },
    },
  })
  const closed = new Set<Socket>()
  const stopped: Socket[] = []
  let slowestMs = 0
  // 36 of them are more than 256 MiB
  for (let n = 0; n < 45; n += 1) {
    const socket = connect({ port: service.port, host: '127.0.0.1' }).pause()
    socket.on('error', () => {}).on('close', () => closed.add(socket))
    t.teardown(() => socket.destroy())
    socket.write('GET /aggregate?sources=large HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n')
    stopped.push(socket)
    const startedAt = performance.now()
    const { status, json } = await service.get('/aggregate?sources=small')
    slowestMs = Math.max(slowestMs, performance.now() - startedAt)
    t.equal(status, 200)
    t.equal(json.partial, false)
    // its data is counted once it is there
    const isLarge = ({ sources }: Line) => JSON.stringify(sources) === '["large"]'
    await eventually(() => service.log.named('aggregate').filter(isLarge).length > n, 9000)
    await pause(100)
  }
  await eventually(() => service.log.named('answers to slow clients were cut off').length > 0, 10_000)
  // a paused socket sees its end when it reads on
  for (const socket of stopped) socket.resume()
  await eventually(() => closed.size > 0, 10_000)
  t.ok(closed.size < stopped.length / 2, `${closed.size} of ${stopped.length} were cut off`)
  t.ok(slowestMs < 4000, `the slowest answer to others took ${slowestMs} ms`)
})

t.test('a long name of a view, an unknown method, bytes that are not UTF-8', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: { echo: { url: `${upstream.origin}/echo{?q}`, params: { q: { type: 'string' } } } },
  })
  t.match(await service.get(`/aggregate/${'v'.repeat(129)}`), { status: 404, json: { type: /not-found$/ } })
  const post = (body: string | Uint8Array) =>
    service.get('/aggregate', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const bytes = Buffer.from('{"requests":[{"source":"echo","params":{"q":"\xff"}}]}', 'latin1')
  t.match(await post(bytes), { status: 400, json: { detail: /UTF-8/ } })
  t.equal(upstream.requests.length, 0)
  const odd = await sendRaw(service.port, 'QUERY /aggregate HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  t.match(odd, { status: 405, headers: { allow: 'GET, HEAD, OPTIONS, POST' } })
  const expecting = await sendRaw(service.port, 'GET /aggregate HTTP/1.1\r\nHost: x\r\nExpect: banana\r\n\r\n')
  t.equal(expecting.status, 200, 'an expectation that we do not know')
  t.equal(service.log.named('request failed').length, 0)
})

t.test('a client that leaves while it sends is not logged as a failure', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, { sources: { a: { url: upstream.url('/ok') } } })
  const socket = connect({ port: service.port, host: '127.0.0.1' })
  const head = 'POST /aggregate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'
  socket.write(head)
  await pause(500)
  socket.destroy()
  await eventually(() => service.log.named('request refused').length > 0, 5000)
  t.match(service.log.named('request refused'), [{ level: 30, cancelled: true, status: 499 }])
  t.equal(service.log.named('request failed').length, 0)
})

t.test('slow and silent clients get a 408, and their connections are closed', async (t) => {
  const { built } = await service(t)
  const slow = [
    sendRaw(built.port, '', { until: 'close', timeoutMs: 15_000 }),
    sendRaw(built.port, 'GET /aggregate HTTP/1.1\r\nHo', { until: 'close', timeoutMs: 15_000 }),
  ]
  for (const answer of await Promise.all(slow)) {
    t.equal(answer.status, 408)
    t.ok(answer.closed, 'closed')
    t.ok(answer.ms > 4500 && answer.ms < 10_000, `after about 5 s (${answer.ms})`)
  }
})
