import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { Built } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import { buildPatient } from '../support/patient.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** The bulkhead and the rate limit over real sockets, counted at the upstream. */

const codeOf = ({ json }: { json: { failedSources: readonly { code: string }[] } }) =>
  json.failedSources[0]?.code ?? 'ok'

/** Waits until this many calls are queued, as /sources tells. */
async function untilQueued(service: Built, count: number): Promise<void> {
  const queued = async () => (await service.get('/sources')).json.sources[0].queued
  for (let tries = 0; (await queued()) !== count; tries += 1) {
    if (tries === 100) throw new Error(`there are ${await queued()} queued, not ${count}`)
    await pause(20)
  }
}

t.test('a rate limit allows a burst, then a fixed rate; further attempts wait', async (t) => {
  const upstream = await startUpstream(t)
  const source = { url: upstream.url('/ok'), rateLimit: { max: 5, per: '1500ms' } }
  const service = await buildPatient(t, { sources: { a: source } })
  const askedAt = performance.now()
  const answers = await Promise.all(Array.from({ length: 12 }, () => service.get('/aggregate')))
  t.strictSame(new Set(answers.map(codeOf)), new Set(['ok']))
  const times = upstream.requests.map(({ at }) => at)
  const start = Math.min(...times)
  for (const [at, most] of [
    [240, 6],
    [900, 9],
    [1500, 11],
  ] as const) {
    const reached = times.filter((time) => time - start < at).length
    t.ok(reached <= most, `at most ${most} within ${at} ms (${reached})`)
  }
  // do not measure from the first arrival, which is delayed by opening connections
  t.ok(Math.max(...times) - askedAt >= 2080, 'seven had to wait, 300 ms each')
})

t.test('a call that cannot start in time is refused at once, with Retry-After', async (t) => {
  const upstream = await startUpstream(t)
  const source = { url: upstream.url('/ok'), rateLimit: { max: 1, per: '30s' } }
  const service = await buildPatient(t, { sources: { a: source } })
  t.equal((await service.get('/aggregate')).status, 200)
  const { status, ms, headers, json } = await service.get('/aggregate')
  t.equal(status, 503)
  t.ok(ms < 2000, `at once (${ms})`)
  t.equal(Number(headers['retry-after']), 30)
  t.match(json.failedSources, [{ code: 'connection_limit_reached', attempts: 0 }])
  t.equal(upstream.count('/ok'), 1)
})

t.test('calls that wait for the rate limit are in /sources, and end when their clients leave', async (t) => {
  const upstream = await startUpstream(t)
  const source = { url: upstream.url('/ok'), rateLimit: { max: 1, per: '7s' } }
  const service = await buildPatient(t, { sources: { a: source } })
  await service.get('/aggregate')
  const leaving = service.get('/aggregate', { timeoutMs: 1000 })
  const left = t.rejects(leaving)
  await untilQueued(service, 1)
  await left
  await untilQueued(service, 0)
  t.equal(upstream.count('/ok'), 1)
})

t.test('a bulkhead limits calls in flight; a waiting call ends at its deadline', async (t) => {
  const gate = Promise.withResolvers<void>()
  const slow: Handler = async (x) => {
    await Promise.race([gate.promise, x.untilGone()])
    await x.reply({ body: '1' })
  }
  const upstream = await startUpstream(t, { script: { '/slow': slow } })
  const source = { url: upstream.url('/slow'), bulkhead: { maxInFlight: 2, maxQueue: 2 } }
  const service = await buildPatient(t, { sources: { a: source } })
  const first = Array.from({ length: 4 }, () => service.get('/aggregate'))
  await eventually(() => upstream.count('/slow') === 2)
  await untilQueued(service, 2)
  t.match((await service.get('/sources')).json.sources, [{ inFlight: 2, queued: 2 }])
  t.equal(codeOf(await service.get('/aggregate')), 'connection_limit_reached', 'the queue is full')
  gate.resolve()
  t.strictSame((await Promise.all(first)).map(codeOf), ['ok', 'ok', 'ok', 'ok'])
  t.equal(upstream.connections, 2)
})
