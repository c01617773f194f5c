import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { build } from '../support/build.ts'
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

t.test('sources: the visible sources, without secrets', async (t) => {
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
      breaker: 'closed',
      budget: 30,
      latencyMs: null,
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

t.test('unknown paths', async (t) => {
  const { app } = await inject(t, { sources: { a: { url: 'http://a.example/' } } })
  for (const [method, url] of [
    ['GET', '/nope?secret=1'],
    ['DELETE', '/aggregate/nope'],
    ['POST', '/health'],
  ] as const) {
    const { statusCode, json } = await app.inject({ method, url })
    t.equal(statusCode, 404)
    t.match(json(), { type: 'urn:tributary:problem:not-found', instance: url.split('?')[0] })
  }
})

t.test('internal errors are logged, and not shown', async (t) => {
  const { app, log, runtime } = await inject(t, { sources: { a: { url: 'http://a.example/{?q}', params: { q: {} } } } })
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
