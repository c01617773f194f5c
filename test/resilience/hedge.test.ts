import t from 'tap'
import { build } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Hedges over real sockets, counted at the upstream. */

const json = { 'content-type': 'application/json' }
/** The first request takes this long; all others are answered almost at once. */
const slowAtFirst =
  (ms: number): Handler =>
  async (x) => {
    if (x.nth === 1 && !(await x.sleep(ms))) return
    await x.reply({ headers: json, body: String(x.nth) })
  }

t.test('a hedge wins over a slow attempt, which is cancelled at once', async (t) => {
  const upstream = await startUpstream(t, { script: { '/a': slowAtFirst(900) } })
  const service = await build(t, { sources: { a: { url: upstream.url('/a'), hedge: { after: '80ms' } } } })
  const { json: answer, ms } = await service.get('/aggregate?explain=true')
  t.equal(answer.data.a, 2)
  t.ok(ms >= 75 && ms < 500, `after the delay (${ms})`)
  t.match(answer.meta.sources.a, { attempts: 2, hedged: true })
  await eventually(() => upstream.open === 1, 300)
  t.equal(upstream.count('/a'), 2)
  const [first, hedge] = service.log.named('attempt').toSorted((a, b) => Number(a.attempt) - Number(b.attempt))
  t.match(first, { kind: 'first', outcome: 'cancelled', attempt: 1 })
  t.match(hedge, { kind: 'hedge', outcome: 'ok', attempt: 2 })
  t.match(service.log.named('upstream'), [{ outcome: 'ok', attempts: 2, level: 30 }])
})

t.test('a quick answer has no hedge', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, { sources: { a: { url: upstream.url('/ok'), hedge: { after: '400ms' } } } })
  for (let call = 0; call < 5; call += 1) await service.get('/aggregate')
  t.equal(upstream.count('/ok'), 5)
})

t.test('the first attempt may still win, and then the hedge is cancelled', async (t) => {
  const upstream = await startUpstream(t, {
    script: {
      '/a': async (x) => {
        if (await x.sleep(x.nth === 1 ? 200 : 2000)) await x.reply({ headers: json, body: String(x.nth) })
      },
    },
  })
  const service = await build(t, { sources: { a: { url: upstream.url('/a'), hedge: { after: '60ms' } } } })
  const { json: answer, ms } = await service.get('/aggregate')
  t.equal(answer.data.a, 1)
  t.ok(ms < 700)
  t.equal(upstream.count('/a'), 2)
  await eventually(() => upstream.open === 1, 300)
})

t.test('with a full bulkhead, a hedge is not made and does not wait', async (t) => {
  const upstream = await startUpstream(t)
  const source = { url: upstream.url('/ok?delayMs=200'), hedge: { after: '40ms' }, bulkhead: { maxInFlight: 1 } }
  const service = await build(t, { sources: { a: source } })
  t.equal((await service.get('/aggregate')).status, 200)
  t.equal(upstream.count('/ok'), 1)
})

t.test('hedges and retries share one budget', async (t) => {
  const upstream = await startUpstream(t)
  const retry = { attempts: 1 + 1, baseDelay: 0, maxDelay: 0, budget: { ratio: 0, minPerSecond: 0.3 } }
  const source = { url: upstream.url('/status?code=502&delayMs=60'), hedge: { after: '20ms' }, retry, breaker: false }
  const service = await build(t, { sources: { a: source } })
  const calls = 10
  for (let call = 0; call < calls; call += 1) await service.get('/aggregate')
  t.equal(upstream.count('/status'), calls + 3, 'three in ten seconds, of either kind')
})

t.test('a source that is not idempotent is not hedged', async (t) => {
  const upstream = await startUpstream(t)
  const source = { url: upstream.url('/ok?delayMs=150'), hedge: { after: '20ms' }, idempotent: false }
  const service = await build(t, { sources: { a: source } })
  await service.get('/aggregate')
  t.equal(upstream.count('/ok'), 1)
})

t.test('the delay is learned: none before 100 calls, then for the slowest few', async (t) => {
  const upstream = await startUpstream(t, {
    script: {
      '/a': async (x) => {
        // not 1 ms: on a busy machine such latencies exceed their 98th percentile too often, and use up the hedges
        if (!(await x.sleep(x.nth === 131 ? 900 : 20))) return
        await x.reply({ headers: json, body: '1' })
      },
    },
  })
  const service = await build(t, { sources: { a: { url: upstream.url('/a'), hedge: { maxExtraLoad: 0.02 } } } })
  for (let call = 0; call < 100; call += 1) await service.get('/aggregate')
  t.equal(upstream.count('/a'), 100)
  while (upstream.count('/a') < 130) await service.get('/aggregate')
  const { json: answer, ms } = await service.get('/aggregate?explain=true')
  t.match(answer.meta.sources.a, { hedged: true, attempts: 2 })
  t.ok(ms < 700, `without the hedge it had taken 900 ms (${ms})`)
})
