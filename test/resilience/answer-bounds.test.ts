import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/**
 * Longer than a busy machine takes. An attempt whose connection takes too long counts, but no upstream sees it: the
 * numbers below are those of the upstream.
 */
const WIDE = { timeout: '60s', connectTimeout: '60s' }
const WIDE_DEADLINE = { default: '60s', max: '60s' }
const WIDE_MS = 70_000

const numbers = (count: number): string => `[${Array.from({ length: count }, (_, n) => n)}]`

t.test('one request cannot multiply into any number of upstream requests', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    server: { maxAttempts: 100 },
    deadline: WIDE_DEADLINE,
    defaults: WIDE,
    sources: {
      ids: { url: upstream.url(`/ok?json=${numbers(200)}`), hidden: true },
      each: {
        url: `${upstream.origin}/status?code=503{&id,x}`,
        params: { x: { type: 'integer', default: 0 } },
        breaker: false,
        retry: { attempts: 5, baseDelay: '1ms', maxDelay: '1ms', budget: false },
        forEach: { from: 'ids', as: 'id', limit: 200, concurrency: 100 },
      },
    },
  })
  const requests = Array.from({ length: 20 }, (_, x) => ({ id: `r${x}`, source: 'each', params: { x } }))
  const { status, json } = await service.get('/aggregate', {
    method: 'POST',
    body: JSON.stringify({ requests }),
    headers: { 'content-type': 'application/json' },
    timeoutMs: WIDE_MS,
  })
  t.equal(status, 502)
  const asked = upstream.count('/status') + upstream.count('/ok')
  t.ok(asked <= 100, `${asked} upstream requests`)
  t.ok(asked >= 95, `${asked} upstream requests`)
  t.match(json.failedSources.at(-1), {
    code: 'connection_limit_reached',
    retryable: true,
    message: /this answer has made all of its 100 upstream requests \(server\.maxAttempts\)/,
  })
})

t.test('redirects count as upstream requests', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    server: { maxAttempts: 100 },
    deadline: WIDE_DEADLINE,
    defaults: WIDE,
    sources: {
      ids: { url: upstream.url(`/ok?json=${numbers(50)}`), hidden: true },
      each: {
        url: `${upstream.origin}/redirect?count=9{&id}`,
        redirects: 10,
        forEach: { from: 'ids', as: 'id', limit: 50, concurrency: 50 },
      },
    },
  })
  const { json } = await service.get('/aggregate', { timeoutMs: WIDE_MS })
  const asked = upstream.count('/redirect') + upstream.count('/ok')
  t.ok(asked >= 95 && asked <= 100, `${asked} upstream requests`)
  t.match(json.failedSources, [{ code: 'connection_limit_reached', message: /all of its 100 upstream requests/ }])
})

t.test('20 lists of large items do not exceed the largest size of an answer', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    server: { maxAnswerBytes: '8mb' },
    deadline: WIDE_DEADLINE,
    defaults: WIDE,
    sources: {
      ids: { url: upstream.url(`/ok?json=${numbers(50)}`), hidden: true },
      each: {
        url: `${upstream.origin}/ok?bytes=200000{&id,x}`,
        params: { x: { type: 'integer', default: 0 } },
        forEach: { from: 'ids', as: 'id' },
      },
    },
  })
  const requests = Array.from({ length: 20 }, (_, x) => ({ id: `r${x}`, source: 'each', params: { x } }))
  const { body, json } = await service.get('/aggregate', {
    method: 'POST',
    body: JSON.stringify({ requests }),
    headers: { 'content-type': 'application/json' },
    timeoutMs: WIDE_MS,
  })
  t.ok(body.length < 9 * 1024 ** 2, `${body.length} bytes`)
  t.ok(body.length > 7 * 1024 ** 2, `${body.length} bytes`)
  t.equal(json.partial, true)
  t.match(json.failedSources[0], {
    code: 'http_response_body_size',
    message: /holds at most 8 MiB \(server\.maxAnswerBytes\)/,
  })
  t.ok(upstream.count('/ok') < 300, `${upstream.count('/ok')} of 1,001 requests were made`)
})

t.test('a request body is bounded by server.maxBody', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, { server: { maxBody: '1kb' }, sources: { a: { url: upstream.url('/ok') } } })
  const post = (spaces: number) =>
    service.get('/aggregate', {
      method: 'POST',
      body: `{"requests":[{"source":"a"}]}${' '.repeat(spaces)}`,
      headers: { 'content-type': 'application/json' },
    })
  t.equal((await post(900)).status, 200)
  const refused = await post(1024)
  t.equal(refused.status, 413)
  t.match(refused.json, { detail: 'The request body may have at most 1 KiB.' })
})

for (const answers of [250, 1000]) {
  t.test(`${answers} answers at once over a fast source: with the defaults none is refused`, async (t) => {
    const upstream = await startUpstream(t)
    const service = await build(t, {
      deadline: WIDE_DEADLINE,
      defaults: WIDE,
      sources: { a: { url: upstream.url('/ok') } },
    })
    const ask = async (): Promise<number> => {
      const { status, json } = await service.get('/aggregate', { timeoutMs: WIDE_MS })
      // that is of this machine, not of a limit
      if (json.detail !== 'The service is too busy to answer in time. Try again soon.') return status
      await pause(100)
      return ask()
    }
    const statuses = await Promise.all(Array.from({ length: answers }, ask))
    t.same([...new Set(statuses)], [200])
  })
}
