import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { type Built, build } from '../support/build.ts'
import { sendRaw } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import type { Owner } from '../support/owner.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

/** Many requests on one connection: handled one at a time, and only as fast as the client reads their answers. */

const PLAIN = { compress: false }

async function service(t: Owner): Promise<{ built: Built; upstream: Upstream }> {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    server: PLAIN,
    sources: {
      quick: { url: upstream.url('/ok') },
      slow: { url: upstream.url('/ok?delayMs=300') },
      large: { url: upstream.url('/ok?bytes=900000') },
    },
  })
  return { built, upstream }
}

const request = (sources: string) => `GET /aggregate?sources=${sources} HTTP/1.1\r\nHost: x\r\n\r\n`
const statuses = (raw: Buffer) =>
  [...raw.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status)

/** A client that sends and never reads. */
function deaf(t: Owner, port: number, bytes: string): Socket {
  const socket = connect({ port, host: '127.0.0.1' }).pause()
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  socket.write(bytes)
  return socket
}

t.test('pipelined requests get all their answers, in order, one at a time', async (t) => {
  const { built, upstream } = await service(t)
  let most = 0
  const watch = setInterval(() => {
    most = Math.max(most, upstream.requests.filter(({ path }) => path === '/ok').length - answered())
  }, 1)
  const answered = () => built.log.named('aggregate').length
  const bytes = `${request('slow')}${request('quick').repeat(100)}GET /nope HTTP/1.1\r\nHost: x\r\n\r\n`
  const answer = await sendRaw(built.port, bytes, { until: /not-found/, timeoutMs: 10_000 })
  clearInterval(watch)
  t.same(statuses(answer.raw), [...Array(101).fill('200'), '404'])
  t.ok(answer.raw.indexOf('"slow"') < answer.raw.indexOf('"quick"'), 'the slow one first')
  t.ok(most <= 1, `${most} at once`)
})

t.test('a body between pipelined requests is not read as a request', async (t) => {
  const { built } = await service(t)
  const body = '{"requests":[{"id":"mine","source":"quick"}]}'
  const post = `POST /aggregate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const bytes = `${request('quick').repeat(20)}${post}${request('slow')}`
  const answer = await sendRaw(built.port, bytes, { until: /"slow":/, timeoutMs: 10_000 })
  t.same(statuses(answer.raw), Array(22).fill('200'))
  t.match(answer.raw.toString(), /"mine":/)
})

t.test('for a client that does not read its answers, no more requests are handled', async (t) => {
  const { built, upstream } = await service(t)
  deaf(t, built.port, request('large').repeat(200))
  await eventually(() => upstream.requests.length > 0)
  await pause(1500)
  const worked = upstream.requests.length
  t.ok(worked < 20, `${worked} of 200 requests were worked on`)
  await pause(500)
  t.equal(upstream.requests.length, worked, 'and then no more')
  t.equal((await built.get('/aggregate?sources=quick')).status, 200, 'others are served')
})

t.test('a connection with more than 256 requests waiting is closed, and others hardly wait', async (t) => {
  const { built, upstream } = await service(t)
  await built.get('/aggregate?sources=quick')
  const before = process.memoryUsage().rss
  const sockets = Array.from({ length: 20 }, () => deaf(t, built.port, request('large').repeat(1500)))
  const waits: number[] = []
  for (let n = 0; n < 10; n += 1) {
    const askedAt = performance.now()
    t.equal((await built.get('/aggregate?sources=quick')).status, 200)
    waits.push(performance.now() - askedAt)
  }
  const grown = (process.memoryUsage().rss - before) / 2 ** 20
  t.comment(`others wait ${Math.max(...waits).toFixed(0)} ms at most; memory grew by ${grown.toFixed(0)} MiB`)
  t.ok(Math.max(...waits) < 3000)
  t.ok(grown < 250)
  t.ok(upstream.requests.length < 60, `${upstream.requests.length} requests were worked on`)
  for (const socket of sockets) socket.resume()
  await eventually(() => sockets.every(({ destroyed }) => destroyed), 5000)
})

t.test('a partial request behind others does not time out before they are answered', async (t) => {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    sources: { slow: { url: upstream.url('/ok?delayMs=6500'), timeout: '8s' }, quick: { url: upstream.url('/ok') } },
    deadline: { default: '9s' },
  })
  const last = request('quick')
  const pieces = [request('slow') + last.slice(0, 20), last.slice(20)]
  const answer = await sendRaw(built.port, pieces, { gapMs: 7500, until: /"quick":/, timeoutMs: 12_000 })
  t.same(statuses(answer.raw), ['200', '200'])
})

t.test('a partial request behind others that never ends gets a 408', async (t) => {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    sources: { slow: { url: upstream.url('/ok?delayMs=6000'), timeout: '8s' } },
    deadline: { default: '9s' },
  })
  const bytes = `${request('slow')}GET /aggre`
  const answer = await sendRaw(built.port, bytes, { until: 'close', timeoutMs: 15_000 })
  t.same(statuses(answer.raw), ['200', '408'])
  t.ok(answer.ms > 9000 && answer.ms < 14_000, `${answer.ms} ms`)
})

t.test('the error for invalid bytes never answers the valid request before them', async (t) => {
  const { built } = await service(t)
  for (const garbage of ['\x16\x03\x01\x02\x00', 'nonsense\r\n\r\n', 'GET / HTTP/1.1\r\nBad Header: x\r\n\r\n']) {
    const answer = await sendRaw(built.port, request('slow') + garbage, { until: 'close', timeoutMs: 5000 })
    t.same(statuses(answer.raw), ['200', '400'], JSON.stringify(garbage))
    const many = request('quick').repeat(5) + garbage
    const behind = await sendRaw(built.port, many, { until: 'close', timeoutMs: 5000 })
    t.same(statuses(behind.raw), [...Array(5).fill('200'), '400'], 'behind several')
  }
  t.ok(built.log.named('request refused').length >= 6, 'each is logged')
})

t.test('requests after an answer that closes the connection are not handled', async (t) => {
  const { built, upstream } = await service(t)
  const bytes = `GET /aggregate?sources=quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n${request('slow')}`
  const answer = await sendRaw(built.port, bytes, { until: 'close', timeoutMs: 3000 })
  t.same(statuses(answer.raw), ['200'])
  t.equal(upstream.requests.length, 1)
})

t.test('a CONNECT request does not affect the requests before it', async (t) => {
  const { built } = await service(t)
  const bytes = `${request('slow')}${request('quick')}CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n`
  const answer = await sendRaw(built.port, bytes, { until: /CONNECT is not supported/, timeoutMs: 10_000 })
  t.same(statuses(answer.raw), ['200', '200', '400'])
})
