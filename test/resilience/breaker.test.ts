import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { Built } from '../support/build.ts'
import { buildPatient } from '../support/patient.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** The breaker over real sockets, counted at the upstream. */

// wide enough for the calls that find it open, on a busy machine too
const breaker = { minCalls: 4, openFor: '2s', window: '20s' }
const reply = (status: number) => ({ status, headers: { 'content-type': 'application/json' }, body: '1' })

const stateOf = async (service: Built): Promise<string> => (await service.get('/sources')).json.sources[0].breaker

/** Waits until the breaker may probe, and says when it does not. */
async function untilHalfOpen(service: Built): Promise<void> {
  for (let tries = 0; (await stateOf(service)) !== 'half-open'; tries += 1) {
    if (tries === 200) throw new Error(`the breaker is ${await stateOf(service)}`)
    await pause(50)
  }
}

t.test('opens, makes no connection while open, probes, and closes again', async (t) => {
  let status = 500
  const upstream = await startUpstream(t, { script: { '/a': async (x) => void (await x.reply(reply(status))) } })
  const service = await buildPatient(t, { sources: { a: { url: upstream.url('/a'), breaker } } })
  const ask = async () => (await service.get('/aggregate')).json.failedSources?.[0]?.code ?? 'ok'
  for (let call = 0; call < 4; call += 1) t.equal(await ask(), 'upstream_status')
  t.equal(await stateOf(service), 'open')
  const connections = upstream.connections
  for (let call = 0; call < 10; call += 1) t.equal(await ask(), 'destination_unavailable')
  t.same([upstream.count('/a'), upstream.connections], [4, connections], 'nothing reached the source')
  await untilHalfOpen(service)
  status = 200
  for (let call = 0; call < 3; call += 1) t.equal(await ask(), 'ok')
  t.equal(await stateOf(service), 'closed')
  const changes = service.log.named('breaker').map(({ from, to, level, source }) => [from, to, level, source])
  t.strictSame(changes, [
    ['closed', 'open', 40, 'a'],
    ['open', 'half-open', 40, 'a'],
    ['half-open', 'closed', 40, 'a'],
  ])
})

t.test('half-open lets three attempts through, and opens for longer if they fail', async (t) => {
  const upstream = await startUpstream(t)
  const service = await buildPatient(t, {
    sources: { a: { url: upstream.url('/status?code=500&delayMs=30'), breaker } },
  })
  const many = (count: number) => Promise.all(Array.from({ length: count }, () => service.get('/aggregate')))
  await many(4)
  await untilHalfOpen(service)
  upstream.reset()
  await many(20)
  t.equal(upstream.count('/status'), 3)
  const opened = service.log.named('breaker').filter(({ to }) => to === 'open')
  t.equal(opened.length, 2)
  const [first, second] = opened.map(({ openForMs }) => Number(openForMs))
  t.ok(Number(first) >= 1800 && Number(first) <= 2200, `${first}`)
  t.ok(Number(second) >= 3600 && Number(second) <= 4400, `${second}`)
})

t.test('the answer has Retry-After', async (t) => {
  const upstream = await startUpstream(t)
  const source = { url: upstream.url('/status?code=500'), breaker: { ...breaker, openFor: '20s' } }
  const service = await buildPatient(t, { sources: { a: source } })
  for (let call = 0; call < 4; call += 1) await service.get('/aggregate')
  const { status, headers, json } = await service.get('/aggregate')
  t.equal(status, 503)
  t.ok(Number(headers['retry-after']) >= 17 && Number(headers['retry-after']) <= 22)
  t.match(json.failedSources, [{ code: 'destination_unavailable', attempts: 0, retryable: true, upstreamStatus: null }])
})

t.test("attempts that an answer's deadline ends do not count", async (t) => {
  const upstream = await startUpstream(t)
  const source = { url: upstream.url('/ok?delayMs=300'), breaker, timeout: '5s' }
  const service = await buildPatient(t, { sources: { a: source }, deadline: { default: '3s' } })
  for (let call = 0; call < 8; call += 1) {
    const { json } = await service.get('/aggregate?deadlineMs=60')
    t.match(json.failedSources, [{ code: 'deadline_exceeded' }])
  }
  const { json } = await service.get('/sources')
  t.equal(json.sources[0].breaker, 'closed')
  t.equal((await service.get('/aggregate')).status, 200)
})

t.test('its own timeouts do open it; 4xx and 429 do not', async (t) => {
  const upstream = await startUpstream(t)
  const service = await buildPatient(t, {
    sources: {
      slow: { url: upstream.url('/silent'), timeout: '40ms', breaker },
      missing: { url: upstream.url('/status?code=404'), breaker },
      limited: { url: upstream.url('/status?code=429'), breaker },
      wrong: { url: upstream.url('/invalid-json'), breaker },
    },
  })
  for (let call = 0; call < 6; call += 1) await service.get('/aggregate')
  const states = (await service.get('/sources')).json.sources.map((one: { breaker: string }) => one.breaker)
  t.strictSame(states, ['open', 'closed', 'closed', 'closed'])
})

t.test('slow attempts open it, if slowAfter is configured', async (t) => {
  const upstream = await startUpstream(t)
  const slow = { ...breaker, slowAfter: '40ms', slowRate: 0.5 }
  const service = await buildPatient(t, { sources: { a: { url: upstream.url('/ok?delayMs=80'), breaker: slow } } })
  for (let call = 0; call < 4; call += 1) t.equal((await service.get('/aggregate')).status, 200)
  t.equal((await service.get('/sources')).json.sources[0].breaker, 'open')
})

t.test('retries stop at an open breaker, and the failure is that of the last attempt', async (t) => {
  const upstream = await startUpstream(t)
  const retry = { attempts: 5, baseDelay: 0, maxDelay: 0 }
  const service = await buildPatient(t, { sources: { a: { url: upstream.url('/status?code=502'), breaker, retry } } })
  const { json } = await service.get('/aggregate')
  t.equal(upstream.count('/status'), 4, 'the fifth was not made')
  t.match(json.failedSources, [{ code: 'upstream_status', upstreamStatus: 502, attempts: 4 }])
})

for (const [name, queue] of [
  ['for a place', { bulkhead: { maxInFlight: 1, maxQueue: 100 } }],
  ['for the rate limit', { rateLimit: { max: 1, per: '200ms' } }],
] as const) {
  t.test(`attempts that wait ${name} while the breaker opens are not made`, async (t) => {
    const upstream = await startUpstream(t)
    const source = { url: upstream.url('/status?code=500&delayMs=20'), ...queue }
    const service = await buildPatient(t, {
      sources: { a: { ...source, retry: false, breaker: { minCalls: 4, openFor: '20s' } } },
    })
    const answers = await Promise.all(Array.from({ length: 30 }, () => service.get('/aggregate')))
    const codes = answers.map(({ json }) => json.failedSources[0].code)
    t.ok(upstream.count('/status') <= 5, `${upstream.count('/status')} reached the source`)
    t.ok(codes.filter((code) => code === 'destination_unavailable').length >= 25)
    t.match((await service.get('/sources')).json.sources, [{ breaker: 'open', inFlight: 0, queued: 0 }])
  })
}
