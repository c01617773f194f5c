import t from 'tap'
import { build } from '../support/build.ts'
import { buildPatient } from '../support/patient.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

/** Retries over real sockets, counted at the upstream. */

const json = { 'content-type': 'application/json' }
/** 503 the first time, then data. */
const recovering: Handler = async (x) => {
  await (x.nth === 1 ? x.reply({ status: 503 }) : x.reply({ headers: json, body: '{"ok":true}' }))
}
const gaps = ({ requests }: Upstream) => requests.slice(1).map(({ at }, index) => at - (requests[index]?.at ?? 0))

t.test('clients do not see a transient failure', async (t) => {
  const upstream = await startUpstream(t, { script: { '/recovering': recovering } })
  const service = await build(t, { sources: { a: { url: upstream.url('/recovering') } } })
  const { json } = await service.get('/aggregate?explain=true')
  t.strictSame(json.data, { a: { ok: true } })
  t.equal(json.partial, false)
  t.match(json.meta.sources.a, { attempts: 2, hedged: false, from: 'live', upstreamStatus: 200 })
  t.equal(upstream.count('/recovering'), 2)
  const lines = service.log.named('attempt')
  t.match(lines, [
    { attempt: 1, kind: 'first', upstreamStatus: 503 },
    { attempt: 2, kind: 'retry', upstreamStatus: 200 },
  ])
})

t.test('with retry: false, or if a source is not idempotent, it is called once', async (t) => {
  const upstream = await startUpstream(t)
  const url = upstream.url('/status?code=503')
  const service = await build(t, { sources: { off: { url, retry: false }, once: { url, idempotent: false } } })
  const { json } = await service.get('/aggregate')
  t.equal(upstream.count('/status'), 2, 'one each')
  for (const { attempts } of json.failedSources) t.equal(attempts, 1)
})

t.test('no retry before Retry-After, and none if that is after the timeout', async (t) => {
  const upstream = await startUpstream(t, {
    script: {
      '/soon': async (x) =>
        void (await x.reply(x.nth === 1 ? { status: 429, headers: { 'retry-after': 1 } } : { body: '1' })),
      '/late': async (x) => void (await x.reply({ status: 429, headers: { 'retry-after': 3 } })),
    },
  })
  const service = await build(t, {
    deadline: { default: '2s' },
    sources: {
      soon: { url: upstream.url('/soon'), timeout: '1900ms' },
      late: { url: upstream.url('/late'), timeout: '1900ms' },
    },
  })
  const { json } = await service.get('/aggregate')
  t.equal(json.data.soon, 1)
  t.match(json.failedSources, [{ id: 'late', attempts: 1, retryAfterMs: 3000, retryable: true }])
  const soon = upstream.requests.filter(({ path }) => path === '/soon').map(({ at }) => at)
  t.equal(soon.length, 2)
  t.ok((soon[1] ?? 0) - (soon[0] ?? 0) >= 995, 'a second later')
  t.equal(upstream.count('/late'), 1)
})

t.test('no attempt starts that cannot finish before the timeout', async (t) => {
  const upstream = await startUpstream(t)
  const service = await buildPatient(t, {
    sources: {
      a: {
        url: upstream.url('/silent'),
        timeout: '2s',
        connectTimeout: '750ms',
        attemptTimeout: '750ms',
        retry: { attempts: 5, baseDelay: 0, maxDelay: 0, minTime: '600ms' },
      },
    },
  })
  const { json, ms } = await service.get('/aggregate')
  t.match(json.failedSources, [{ code: 'http_response_timeout', attempts: 2 }])
  t.ok(ms >= 1495 && ms < 1975, `two attempts of 750 ms, and none of the 500 ms that were left (${ms})`)
  t.equal(upstream.count('/silent'), 2)
})

t.test('backoffs grow, are random each time, and stay within their limits', async (t) => {
  const upstream = await startUpstream(t)
  const retry = { attempts: 4, baseDelay: '100ms', maxDelay: '250ms', budget: false }
  const service = await buildPatient(t, {
    sources: { a: { url: upstream.url('/status?code=502'), retry, breaker: false } },
  })
  const all: number[][] = []
  for (let call = 0; call < 8; call += 1) {
    upstream.reset()
    await service.get('/aggregate')
    t.equal(upstream.count('/status'), 4)
    all.push(gaps(upstream))
  }
  for (const [retries, most] of [100, 200, 250].entries()) {
    const waits = all.map((call) => call[retries] ?? 0)
    t.ok(Math.max(...waits) < most + 150, `at most ${most} ms and what an attempt takes (${Math.max(...waits)})`)
    t.ok(Math.max(...waits) - Math.min(...waits) > 1, 'not always the same')
  }
})

t.test('under a total outage there are at most 1.2 times the calls, and the floor', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      a: {
        url: upstream.url('/rst-before-headers'),
        breaker: false,
        retry: { attempts: 5, baseDelay: 0, maxDelay: 0 },
      },
    },
  })
  const calls = 300
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: calls / 10 }, () => service.get('/aggregate')))
  }
  const attempts = upstream.count('/rst-before-headers')
  t.ok(attempts <= 1.2 * calls + 30, `at most 390 (${attempts})`)
  t.ok(attempts >= calls + 60, `the budget was used (${attempts})`)
  t.ok((await service.get('/sources')).json.sources[0].budget < 31)
})

t.test('a client that leaves ends a backoff', async (t) => {
  const upstream = await startUpstream(t)
  // Retry-After is the lower limit of the backoff, which is otherwise random
  const url = upstream.url('/status?code=503&retryAfter=1')
  const service = await build(t, {
    sources: { a: { url, retry: { attempts: 2 }, timeout: '3s' } },
    deadline: { default: '4s' },
  })
  await t.rejects(service.get('/aggregate', { timeoutMs: 100 }))
  await new Promise((resolve) => setTimeout(resolve, 1500))
  t.equal(upstream.count('/status'), 1)
  t.match(service.log.named('upstream'), [{ outcome: 'cancelled', attempts: 1, level: 30 }])
})
