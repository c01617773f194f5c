import t from 'tap'
import { eventually } from '../support/eventually.ts'
import { buildPatient } from '../support/patient.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Hedges over real sockets, counted at the upstream. */

const json = { 'content-type': 'application/json' }
/** Longer than any test waits for it. */
const ENDLESS_MS = 20_000
/** The first request has no answer; all others have one at once. */
const silentAtFirst: Handler = async (x) => {
  if (x.nth === 1 && !(await x.sleep(ENDLESS_MS))) return
  await x.reply({ headers: json, body: String(x.nth) })
}

t.test('a hedge wins over a slow attempt, which is cancelled at once', async (t) => {
  const upstream = await startUpstream(t, { script: { '/a': silentAtFirst } })
  const service = await buildPatient(t, { sources: { a: { url: upstream.url('/a'), hedge: { after: '80ms' } } } })
  const { json: answer, ms } = await service.get('/aggregate?explain=true')
  t.equal(answer.data.a, 2)
  t.ok(ms >= 75 && ms < 4000, `after the delay, and long before the timeout of 8 s (${ms})`)
  t.match(answer.meta.sources.a, { attempts: 2, hedged: true })
  await eventually(() => upstream.open === 1, 2000)
  t.equal(upstream.count('/a'), 2)
  const [first, hedge] = service.log.named('attempt').toSorted((a, b) => Number(a.attempt) - Number(b.attempt))
  t.match(first, { kind: 'first', outcome: 'cancelled', attempt: 1 })
  t.match(hedge, { kind: 'hedge', outcome: 'ok', attempt: 2 })
  t.match(service.log.named('upstream'), [{ outcome: 'ok', attempts: 2, level: 30 }])
})

t.test('a quick answer has no hedge', async (t) => {
  const upstream = await startUpstream(t)
  const service = await buildPatient(t, { sources: { a: { url: upstream.url('/ok'), hedge: { after: '4s' } } } })
  for (let call = 0; call < 5; call += 1) await service.get('/aggregate')
  t.equal(upstream.count('/ok'), 5)
})

t.test('the first attempt may still win, and then the hedge is cancelled', async (t) => {
  const hedged = Promise.withResolvers<void>()
  const upstream = await startUpstream(t, {
    script: {
      '/a': async (x) => {
        if (x.nth === 1) await Promise.race([hedged.promise, x.untilGone()])
        else {
          hedged.resolve()
          if (!(await x.sleep(ENDLESS_MS))) return
        }
        await x.reply({ headers: json, body: String(x.nth) })
      },
    },
  })
  const service = await buildPatient(t, { sources: { a: { url: upstream.url('/a'), hedge: { after: '60ms' } } } })
  const { json: answer, ms } = await service.get('/aggregate')
  t.equal(answer.data.a, 1)
  t.ok(ms < 4000, `long before the timeout of 8 s (${ms})`)
  t.equal(upstream.count('/a'), 2)
  await eventually(() => upstream.open === 1, 2000)
})

t.test('with a full bulkhead, a hedge is not made and does not wait', async (t) => {
  const upstream = await startUpstream(t)
  const source = { url: upstream.url('/ok?delayMs=200'), hedge: { after: '40ms' }, bulkhead: { maxInFlight: 1 } }
  const service = await buildPatient(t, { sources: { a: source } })
  t.equal((await service.get('/aggregate')).status, 200)
  t.equal(upstream.count('/ok'), 1)
})

t.test('hedges and retries share one budget', async (t) => {
  const upstream = await startUpstream(t)
  const retry = { attempts: 1 + 1, baseDelay: 0, maxDelay: 0, budget: { ratio: 0, minPerSecond: 0.3 } }
  const source = { url: upstream.url('/status?code=502&delayMs=60'), hedge: { after: '20ms' }, retry, breaker: false }
  const service = await buildPatient(t, { sources: { a: source } })
  const calls = 10
  for (let call = 0; call < calls; call += 1) await service.get('/aggregate')
  t.equal(upstream.count('/status'), calls + 3, 'three in ten seconds, of either kind')
})

t.test('a source that is not idempotent is not hedged', async (t) => {
  const upstream = await startUpstream(t)
  const source = { url: upstream.url('/ok?delayMs=150'), hedge: { after: '20ms' }, idempotent: false }
  const service = await buildPatient(t, { sources: { a: source } })
  await service.get('/aggregate')
  t.equal(upstream.count('/ok'), 1)
})

t.test('the delay is learned: none before 100 calls, then for the slowest few', async (t) => {
  let isSilent = false
  const upstream = await startUpstream(t, {
    script: {
      '/a': async (x) => {
        // not 1 ms: on a busy machine such latencies exceed their 98th percentile too often, and use up the hedges
        const ms = isSilent ? ENDLESS_MS : 20
        isSilent = false
        if (await x.sleep(ms)) await x.reply({ headers: json, body: '1' })
      },
    },
  })
  const service = await buildPatient(t, {
    sources: { a: { url: upstream.url('/a'), hedge: { maxExtraLoad: 0.02 } } },
  })
  for (let call = 0; call < 100; call += 1) await service.get('/aggregate')
  t.equal(upstream.count('/a'), 100)
  for (let call = 0; call < 30; call += 1) await service.get('/aggregate')
  isSilent = true
  const { json: answer, ms } = await service.get('/aggregate?explain=true')
  t.match(answer.meta.sources.a, { hedged: true, attempts: 2 })
  t.ok(ms < 6000, `without the hedge it had timed out after 8 s (${ms})`)
})
