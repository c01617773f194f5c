import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { type Built, build } from '../support/build.ts'
import { cpuMs } from '../support/cpu-time.ts'
import { causeEvents, eventfulConfig } from '../support/eventful.ts'
import { Exposition } from '../support/exposition.ts'
import { get } from '../support/get.ts'
import { inject } from '../support/inject.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** GET /metrics of a real service, after real traffic. */

const scrape = async (service: Built) => new Exposition((await service.get('/metrics')).body)

/** Scrapes until a sample has this value, at most 5 s. */
async function untilValue(service: Built, value: number, name: string, labels: Record<string, string>): Promise<void> {
  for (let tries = 0; tries < 250 && (await scrape(service)).value(name, labels) !== value; tries += 1) await pause(20)
}

async function buildEventful(t: Test): Promise<Built> {
  const upstream = await startUpstream(t)
  return build(
    t,
    eventfulConfig((path) => upstream.url(path)),
  )
}

t.test('the response: text for whoever asks, never cached', async (t) => {
  const { app } = await inject(t, { sources: { a: { url: 'http://a.example/' } } })
  for (const accept of ['application/json', 'application/openmetrics-text;version=1.0.0', 'text/html', '*/*']) {
    const { statusCode, headers, body } = await app.inject({ url: '/metrics', headers: { accept } })
    t.equal(statusCode, 200)
    t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    t.equal(headers['cache-control'], 'no-store')
    t.ok(new Exposition(body).families.size > 20)
    t.ok(body.endsWith('\n'))
  }
  t.match(await app.inject({ method: 'HEAD', url: '/metrics' }), { statusCode: 200, body: '' })
  t.match(await app.inject({ method: 'POST', url: '/metrics' }), { statusCode: 405 })
})

t.test('it is compressed for a scraper that asks for that', async (t) => {
  const service = await build(t, { sources: { a: { url: 'http://127.0.0.1:1/' } } })
  const { port } = service
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { 'accept-encoding': 'gzip' } })
  t.equal(response.headers.get('content-encoding'), 'gzip')
  t.ok((await response.text()).startsWith('# HELP tributary_'))
})

t.test('every event counts, as the answers and the log tell of it', async (t) => {
  const service = await buildEventful(t)
  await causeEvents(service.get)
  // hedges that lost, and refreshes
  await pause(150)
  const seen = await scrape(service)
  const { families } = seen
  const lines = service.log.named('upstream').concat(service.log.named('refresh'))
  const calls = lines.filter(
    ({ outcome, attempts }) => Number(attempts) > 0 || (outcome !== 'ok' && outcome !== 'empty'),
  )
  const count = 'tributary_upstream_duration_seconds_count'
  const expected = new Map<string, number>()
  for (const { source, outcome } of calls) {
    const key = `${source} ${outcome}`
    expected.set(key, (expected.get(key) ?? 0) + 1)
  }
  const counted = seen.samples
    .filter(({ name }) => name === count)
    .map(({ labels, value }) => [`${labels.source} ${labels.outcome}`, value] as const)
  t.same(new Map(counted), expected)
  for (const key of [
    ...['fine ok', 'none empty', 'broken upstream_status', 'broken destination_unavailable', 'hedged ok', 'each ok'],
    ...['slow http_response_timeout', 'cached ok', 'misfit invalid_body'],
  ])
    t.ok(expected.has(key), key)
  t.equal(expected.get('cached ok'), 1, 'a cached answer is no call')

  const attempts = service.log.named('attempt')
  for (const kind of ['first', 'retry', 'hedge']) {
    t.ok(
      attempts.some((line) => line.kind === kind),
      kind,
    )
    for (const source of ['fine', 'broken', 'hedged', 'each', 'cached']) {
      const made = attempts.filter((line) => line.kind === kind && line.source === source)
      t.equal(seen.value('tributary_upstream_attempts_total', { source, kind }), made.length, `${source} ${kind}`)
    }
  }
  t.same(
    ['hit', 'miss'].map((result) => seen.value('tributary_cache_total', { source: 'cached', result })),
    [3, 1],
  )
  t.ok((seen.value('tributary_cache_total', { source: 'stale', result: 'stale' }) ?? 0) >= 1)
  t.equal(seen.value('tributary_schema_mismatch_total', { source: 'misfit' }), 4)
  t.equal(seen.value('tributary_schema_mismatch_total', { source: 'fine' }), 0)
  t.equal(seen.value('tributary_breaker_state', { source: 'broken' }), 2, 'open')
  t.equal(seen.value('tributary_breaker_state', { source: 'fine' }), 0)
  t.equal(seen.value('tributary_breaker_state', { source: 'slow' }), undefined, 'it has none')
  t.ok((seen.value('tributary_retry_budget_balance', { source: 'broken' }) ?? 99) < 30)
  t.equal(seen.value('tributary_inflight', { source: 'slow' }), 0)
  const answers = 'tributary_aggregate_duration_seconds_count'
  t.equal(seen.value(answers, { view: '(aggregate)', status: '200', partial: 'true' }), 4)
  t.equal(seen.value(answers, { view: '(batch)', status: '200', partial: 'false' }), 1)
  t.equal(seen.value(answers, { view: 'home', status: '200', partial: 'false' }), 1)
  t.equal(seen.value(answers, { view: 'home', status: '304', partial: 'false' }), 1)
  t.equal(seen.value(answers, { view: 'strict', status: '503', partial: 'true' }), 1)
  t.equal(seen.value('tributary_refused_total', { type: 'invalid-request' }), 1)
  t.equal(seen.value('tributary_refused_total', { type: 'not-found' }), 1)
  for (const [name, { help }] of families) t.match(help, /\.$/, name)
})

t.test('what clients and sources send adds no series', async (t) => {
  const service = await buildEventful(t)
  await causeEvents(service.get)
  const keysOf = ({ samples }: Exposition) =>
    new Set(
      samples.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`).filter((key) => !/^nodejs_gc/.test(key)),
    )
  const before = keysOf(await scrape(service))
  const odd = encodeURIComponent('x"} 1\ntributary_inflight{source="evil')
  const headers = {
    'x-request-id': 'evil',
    prefer: 'evil',
    accept: 'evil/1',
    'user-agent': 'evil',
    traceparent: 'evil',
  }
  for (const path of [
    ...[`/aggregate/${odd}`, `/aggregate?sources=${odd}`, `/${odd}`, `/aggregate?${odd}=1`, '/aggregate/__proto__'],
    ...['/aggregate/constructor', '/aggregate/home?evil.evil=1', `/aggregate?${'x'.repeat(9000)}`, '/metrics/evil'],
  ])
    for (const method of ['GET', 'POST', 'DELETE', 'PROPFIND', 'REPORT'])
      await get(service.address + path, {
        method,
        headers,
        ...(method === 'POST' ? { body: '{"requests":[{"source":"evil"}]}' } : {}),
      })
  const body = JSON.stringify({
    requests: [
      { id: 'evil', source: 'fine' },
      { id: 'hasOwnProperty', source: 'fine' },
    ],
  })
  await get(`${service.address}/aggregate`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  await get(`${service.address}/aggregate`, { headers: { ...headers, accept: '*/*' } })
  const after = await scrape(service)
  t.same([...keysOf(after).difference(before)], [])
  t.notMatch(JSON.stringify([...keysOf(after)]), /evil|proto|constructor|hasOwn/)
  t.ok((after.value('tributary_refused_total', { type: 'not-found' }) ?? 0) > 5, 'they were counted')
})

t.test('gauges follow the breaker, the queue and what is in flight', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    server: { maxInFlight: 2 },
    sources: {
      broken: { url: upstream.url('/status?code=500'), retry: false, breaker: { minCalls: 2, openFor: '300ms' } },
      slow: { url: upstream.url('/ok?delayMs=500'), bulkhead: { maxInFlight: 1 } },
    },
  })
  const state = async () => (await scrape(service)).value('tributary_breaker_state', { source: 'broken' })
  t.equal(await state(), 0)
  for (let time = 0; time < 2; time += 1) await service.get('/aggregate?sources=broken')
  t.equal(await state(), 2)
  await pause(700)
  const held = ['first', 'second'].map(() => service.get('/aggregate?sources=slow'))
  await untilValue(service, 1, 'tributary_queue', { source: 'slow' })
  const busy = await scrape(service)
  t.equal(busy.value('tributary_inflight', { source: 'slow' }), 1)
  t.equal(busy.value('tributary_answers_inflight'), 2, 'the metrics can be read when no other answer is taken on')
  t.equal((await service.get('/aggregate?sources=slow')).status, 503)
  await Promise.all(held)
  const quiet = await scrape(service)
  t.equal(quiet.value('tributary_refused_total', { type: 'overloaded' }), 1)
  t.equal(quiet.value('tributary_inflight', { source: 'slow' }), 0)
  t.equal(quiet.value('tributary_queue', { source: 'slow' }), 0)
})

t.test('a client that leaves is status 499', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, { sources: { a: { url: upstream.url('/ok?delayMs=400') } } })
  await t.rejects(get(`${service.address}/aggregate`, { timeoutMs: 100 }))
  const labels = { view: '(aggregate)', status: '499', partial: 'true' }
  await untilValue(service, 1, 'tributary_aggregate_duration_seconds_count', labels)
  t.equal(
    (await scrape(service)).value('tributary_upstream_duration_seconds_count', { source: 'a', outcome: 'cancelled' }),
    1,
  )
})

t.test('after a reload there are the gauges of the new sources; what was counted stays', async (t) => {
  const upstream = await startUpstream(t)
  const [a, b, c] = [
    { url: upstream.url('/ok') },
    { url: upstream.url('/ok?json=2') },
    { url: upstream.url('/ok?json=3') },
  ]
  const service = await build(t, { sources: { a, b } })
  await service.get('/aggregate')
  const { config } = parseConfig(JSON.stringify({ sources: { a, c } }), { PORT: '0' })
  if (config === null) throw new Error('the configuration is wrong')
  let reloading = true
  const scrapes = (async () => {
    let made = 0
    for (; reloading; made += 1) await scrape(service)
    return made
  })()
  for (let time = 0; time < 5; time += 1) await service.reload(config)
  reloading = false
  t.ok((await scrapes) > 0, 'it was read meanwhile')
  await get(`${service.address}/aggregate`)
  const seen = await scrape(service)
  for (const name of ['breaker_state', 'inflight', 'queue', 'retry_budget_balance'])
    t.same(seen.labelValues(`tributary_${name}`, 'source'), ['a', 'c'], name)
  const made = (source: string) => seen.value('tributary_upstream_attempts_total', { source, kind: 'first' })
  t.same([made('a'), made('b'), made('c')], [2, 1, 1])
})

t.test('300 sources are read in a moment', async (t) => {
  const source = { url: 'http://127.0.0.1:1/' }
  const sources = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`s${i}`, source]))
  const service = await build(t, { sources })
  await scrape(service)
  const before = cpuMs()
  const { body } = await service.get('/metrics')
  const ms = cpuMs() - before
  t.equal(new Exposition(body).labelValues('tributary_inflight', 'source').length, 300)
  t.ok(ms < 500, `${ms} ms for ${body.length} bytes`)
  t.comment(`${ms} ms for ${body.length} bytes`)
})
