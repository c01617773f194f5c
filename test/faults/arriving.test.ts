import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { build } from '../support/build.ts'
import { sendRaw } from '../support/client.ts'
import { cpuMs } from '../support/cpu-time.ts'
import { eventually } from '../support/eventually.ts'
import type { Owner } from '../support/owner.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Requests that are still arriving do not count as in progress: they take no slots of those that have arrived. */

const HEAD = 'POST /aggregate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
const BODY = '{"requests":[{"source":"a"}]}'

function half(t: Owner, port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  socket.write(`${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY.slice(0, 1)}`)
  return socket
}

t.test('a thousand requests with one byte of body each do not block other clients', async (t) => {
  const upstream = await startUpstream(t)
  const built = await build(t, { sources: { a: { url: upstream.url('/ok') } } })
  for (let n = 0; n < 1000; n += 1) half(t, built.port)
  await pause(300)
  t.equal((await built.get('/aggregate')).status, 200)
  t.equal((await built.get('/health/ready')).status, 200)
  const post = await sendRaw(built.port, `${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY}`)
  t.equal(post.status, 200, 'another POST too')
})

t.test('with more than maxInFlight requests arriving, the oldest gets a 408', async (t) => {
  const upstream = await startUpstream(t)
  const built = await build(t, { server: { maxInFlight: 5 }, sources: { a: { url: upstream.url('/ok') } } })
  const first = sendRaw(built.port, `${HEAD}Content-Length: 9\r\n\r\n{`, { until: 'close', timeoutMs: 5000 })
  await pause(100)
  const others = Array.from({ length: 5 }, () => half(t, built.port))
  const answer = await first
  t.equal(answer.status, 408)
  t.ok(answer.ms < 3000, 'at once')
  for (const socket of others) socket.write(BODY.slice(1))
  await eventually(() => upstream.requests.length >= 5)
  t.equal(upstream.requests.length, 5, 'the others are served when the rest of them comes')
})

t.test('overload is answered at once, before and after a body', async (t) => {
  const gate = Promise.withResolvers<void>()
  const slow: Handler = async (x) => {
    await Promise.race([gate.promise, x.untilGone()])
    await x.reply({ body: '1' })
  }
  const upstream = await startUpstream(t, { script: { '/slow': slow } })
  const built = await build(t, {
    server: { maxInFlight: 2 },
    sources: { slow: { url: upstream.url('/slow'), timeout: '8s', connectTimeout: '5s' } },
    deadline: { default: '9s' },
  })
  const running = [built.get('/aggregate'), built.get('/aggregate')]
  await eventually(() => upstream.count('/slow') === 2)
  const body = '{"requests":[{"source":"slow"}]}'
  const headers = { 'content-type': 'application/json' }
  const times: number[] = []
  for (let n = 0; n < 20; n += 1) {
    const before = cpuMs()
    const answer = await built.get('/aggregate', n % 2 === 0 ? {} : { method: 'POST', headers, body })
    times.push(cpuMs() - before)
    t.match(answer, { status: 503, headers: { 'retry-after': '1' }, json: { type: /overloaded$/ } })
  }
  // none has waited for what runs
  times.sort((a, b) => a - b)
  t.ok((times[10] ?? 0) < 10, `median ${times[10]?.toFixed(1)} ms of CPU time, with the client's`)
  t.equal((await built.get('/health/ready')).status, 503)
  gate.resolve()
  for (const answer of await Promise.all(running)) t.equal(answer.status, 200)
})

t.test('a request that names a type of body, and has neither a length nor a body, is answered at once', async (t) => {
  const upstream = await startUpstream(t)
  const { port } = await build(t, {
    sources: {
      a: { url: upstream.url('/ok') },
      order: {
        url: upstream.url('/echo'),
        method: 'POST',
        body: { item: '{item}' },
        params: { item: { type: 'string' } },
      },
    },
    views: { orders: { sources: ['order'], method: 'PUT' } },
  })
  const asked = (line: string) => sendRaw(port, `${line} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\r\n`)
  const statuses = { 'GET /aggregate': 200, 'POST /aggregate': 400, 'PUT /aggregate/orders': 200, 'POST /nowhere': 404 }
  for (const [line, status] of Object.entries({ ...statuses, 'DELETE /aggregate': 405, 'OPTIONS /aggregate': 204 })) {
    const answer = await asked(line)
    t.equal(answer.status, status, line)
    t.ok(answer.ms < 1500, `after ${answer.ms} ms`)
  }
})
