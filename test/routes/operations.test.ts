import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { build } from '../support/build.ts'
import { sendRaw } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { inject } from '../support/inject.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

t.test('health: live always, ready as the process is', async (t) => {
  const { app, runtime } = await inject(t, {
    server: { maxInFlight: 1 },
    sources: { a: { url: 'http://down.example/' } },
  })
  t.match(await app.inject('/health/live'), { statusCode: 200 })
  t.match(await app.inject('/health/ready'), { statusCode: 200 })
  for (const phase of ['starting', 'draining'] as const) {
    runtime.lifecycle.phase = phase
    t.match(await app.inject('/health/live'), { statusCode: 200 })
    const { statusCode, json, headers } = await app.inject('/health/ready')
    t.equal(statusCode, 503)
    t.match(json(), { type: 'urn:tributary:problem:not-ready', detail: `The process is ${phase}.` })
    t.equal(headers['retry-after'], '1')
  }
  runtime.lifecycle.phase = 'ready'
  runtime.lifecycle.inFlight = 1
  t.match(await app.inject('/health/ready'), { statusCode: 503 }, 'overloaded')
})

t.test('sources: what can be asked, and nothing secret', async (t) => {
  const { app } = await inject(t, {
    sources: {
      weather: {
        description: 'Weather',
        url: 'https://api.secret.example/w{?q,key}',
        params: { q: { type: 'string', required: true } },
        values: { key: 's3cret' },
        headers: { 'x-key': 's3cret' },
      },
      feeder: { url: 'https://api.secret.example/f', hidden: true },
    },
  })
  const { body, json } = await app.inject('/sources')
  t.match(json().sources, [
    {
      id: 'weather',
      description: 'Weather',
      hidden: false,
      parameters: [{ name: 'q', required: true, schema: { type: 'string' } }],
      inFlight: 0,
      queued: 0,
    },
    { id: 'feeder', description: null, hidden: true, parameters: [] },
  ])
  t.notMatch(body, /secret|s3cret/)
})

t.test('above maxInFlight: 503 at once', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    server: { maxInFlight: 2 },
    sources: { slow: { url: upstream.url('/ok?delayMs=300') } },
  })
  const held = [service.get('/aggregate'), service.get('/aggregate')]
  await pause(100)
  const refused = await service.get('/aggregate')
  t.equal(refused.status, 503)
  t.match(refused.headers, { 'retry-after': '1' })
  t.match(refused.json, { type: 'urn:tributary:problem:overloaded' })
  t.equal((await service.get('/health/ready')).status, 503)
  t.equal((await service.get('/sources')).json.sources[0].inFlight, 2, 'what is not an answer is served')
  t.same(
    (await Promise.all(held)).map(({ status }) => status),
    [200, 200],
  )
  t.equal((await service.get('/aggregate')).status, 200)
})

t.test('who does not read holds no place', async (t) => {
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
  await pause(300)
  t.equal((await service.get('/aggregate?sources=small')).status, 200)
  t.equal((await service.get('/health/ready')).status, 200)
})

t.test('a long name of a view, a method nobody knows, bytes that are no text', async (t) => {
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
  t.ok(odd.status !== null && odd.status < 500, `QUERY: ${odd.status}`)
  const expecting = await sendRaw(service.port, 'GET /aggregate HTTP/1.1\r\nHost: x\r\nExpect: banana\r\n\r\n')
  t.equal(expecting.status, 200, 'an expectation that we do not know')
  t.equal(service.log.named('request failed').length, 0)
})

t.test('a client that leaves while it sends is no failure of ours', async (t) => {
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

t.test('what is not there', async (t) => {
  const { app } = await inject(t, { sources: { a: { url: 'http://a.example/' } } })
  for (const [method, url] of [
    ['GET', '/nope?secret=1'],
    ['DELETE', '/aggregate'],
    ['POST', '/sources'],
  ] as const) {
    const { statusCode, json } = await app.inject({ method, url })
    t.equal(statusCode, 404)
    t.match(json(), { type: 'urn:tributary:problem:not-found', instance: url.split('?')[0] })
  }
})

t.test('what goes wrong inside is logged, and not shown', async (t) => {
  const { app, log, runtime } = await inject(t, { sources: { a: { url: 'http://a.example/' } } })
  const source = runtime.sources.get('a')
  Object.defineProperty(source, 'prepare', {
    value: () => {
      throw new Error('inner secret')
    },
  })
  const { statusCode, body } = await app.inject('/aggregate')
  t.equal(statusCode, 500)
  t.notMatch(body, /inner secret|\.ts/)
  t.match(log.named('request failed'), [{ level: 50, err: { message: 'inner secret' } }])
})
