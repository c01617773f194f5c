import t, { type Test } from 'tap'
import type { Call } from '../../src/core/call.ts'
import type { AnswerEnded } from '../../src/core/events.ts'
import { type FailureCode, failure } from '../../src/core/failure.ts'
import { failed, live, type Outcome } from '../../src/core/outcome.ts'
import { Lifecycle } from '../../src/http/lifecycle.ts'
import { PROBLEMS, Problem, refusalOf } from '../../src/http/problem.ts'
import { type Measured, Metrics } from '../../src/telemetry/metrics.ts'
import { makeCall } from '../aggregate/bench.ts'
import { withoutBugs } from '../support/events.ts'
import { Exposition } from '../support/exposition.ts'
import { TRACE } from '../support/trace.ts'

/** Metrics over events that a test emits. */
function build(t: Test) {
  const events = withoutBugs()
  let dropped = 0
  const lifecycle = new Lifecycle()
  const metrics = new Metrics({ events, log: { dropped: () => dropped }, lifecycle })
  t.teardown(() => metrics.close())
  const read = async (...sources: Measured[]) => new Exposition(await metrics.expose(sources))
  const drop = (lines: number) => {
    dropped += lines
  }
  return { events, metrics, lifecycle, read, drop }
}

/** A call that took 40 ms with one attempt. */
function call(over: Partial<Call> = {}, attempts = 1): Call {
  const record = {
    startedAt: 1000,
    endedAt: 1040,
    effort: { attempts, sent: attempts, unauthorized: 0, hedged: false, bytes: 2 },
  }
  return { ...makeCall('weather'), record, ...over }
}

function answer(over: Partial<AnswerEnded> = {}): AnswerEnded {
  return {
    request: { id: 'r', method: 'GET', url: '/aggregate' },
    arrival: { trace: TRACE, route: '/aggregate', scheme: 'http', ip: '127.0.0.1', at: 0 },
    view: null,
    sources: ['weather'],
    failed: [],
    partial: false,
    simulated: false,
    status: 200,
    cancelled: false,
    durationMs: 120,
    deadlineMs: 2000,
    ...over,
  }
}

const OK = live(Buffer.from('{}'), 200)
const failing = (code: FailureCode, over: Partial<Outcome> = {}): Outcome => ({ ...failed(failure(code, '')), ...over })
const idle = { breaker: 'closed', budget: 30, inFlight: 0, queued: 0 } as const

t.test('answers: view, status and whether they are partial', async (t) => {
  const { events, read } = build(t)
  const post = { id: 'r', method: 'POST', url: '/aggregate', ip: '127.0.0.1' }
  for (const event of [
    answer(),
    answer({ durationMs: 2000 }),
    answer({ request: post }),
    answer({ view: 'home', partial: true }),
    answer({ view: 'home', partial: true, status: 503 }),
    answer({ view: 'save', request: post }),
    answer({ cancelled: true, partial: true }),
  ])
    events.emit('answer', event)
  const seen = await read()
  const name = 'tributary_aggregate_duration_seconds'
  const plain = { view: '(aggregate)', status: '200', partial: 'false' }
  t.equal(seen.value(`${name}_count`, plain), 2)
  t.equal(seen.value(`${name}_sum`, plain), 2.12)
  t.equal(seen.value(`${name}_bucket`, { ...plain, le: '0.1' }), 0)
  t.equal(seen.value(`${name}_bucket`, { ...plain, le: '0.2' }), 1)
  t.equal(seen.value(`${name}_bucket`, { ...plain, le: '2' }), 2, 'an answer at the deadline')
  t.equal(seen.value(`${name}_bucket`, { ...plain, le: '+Inf' }), 2)
  for (const [view, status, partial] of [
    ['(batch)', '200', 'false'],
    ['home', '200', 'true'],
    ['home', '503', 'true'],
    ['save', '200', 'false'],
    ['(aggregate)', '499', 'true'],
  ] as const)
    t.equal(seen.value(`${name}_count`, { view, status, partial }), 1, `${view} ${status}`)
  const bounds = seen.labelValues(`${name}_bucket`, 'le').map(Number)
  t.equal(bounds[0], 0.005)
  t.equal(bounds.at(-2), 10)
})

t.test('calls: ok, empty, or the code; not those that needed no request', async (t) => {
  const { events, read } = build(t)
  events.emit('call', { call: call(), outcome: OK })
  events.emit('refresh', { call: call(), outcome: OK })
  events.emit('call', { call: call(), outcome: live(null, 204) })
  events.emit('call', { call: call(), outcome: failing('upstream_status') })
  events.emit('call', { call: call(), outcome: failing('http_response_timeout', { body: OK.body, from: 'stale' }) })
  events.emit('call', { call: call(), outcome: failing('cancelled') })
  events.emit('call', { call: call({}, 0), outcome: failing('destination_unavailable') })
  events.emit('call', { call: call({}, 0), outcome: { ...OK, from: 'cache' } })
  events.emit('call', { call: call({}, 0), outcome: { ...OK, from: 'stale' } })
  events.emit('call', { call: call({}, 0), outcome: live(null, 200) })
  events.emit('item', { call: call(), outcome: OK })
  const seen = await read()
  const count = 'tributary_upstream_duration_seconds_count'
  t.same(
    seen.samples
      .filter(({ name }) => name === count)
      .map(({ labels, value }) => [labels.source, labels.outcome, value]),
    [
      ['weather', 'ok', 2],
      ['weather', 'empty', 1],
      ['weather', 'upstream_status', 1],
      ['weather', 'http_response_timeout', 1],
      ['weather', 'cancelled', 1],
      ['weather', 'destination_unavailable', 1],
    ],
  )
  t.equal(seen.value('tributary_upstream_duration_seconds_sum', { source: 'weather', outcome: 'empty' }), 0.04)
})

t.test('attempts, cache and schema, which a source begins at 0', async (t) => {
  const { events, read } = build(t)
  const source = 'weather'
  const before = await read({ id: source, load: idle })
  for (const kind of ['first', 'retry', 'hedge'])
    t.equal(before.value('tributary_upstream_attempts_total', { source, kind }), 0)
  t.equal(before.value('tributary_schema_mismatch_total', { source }), 0)
  for (const kind of ['first', 'first', 'retry', 'hedge'] as const)
    events.emit('attemptStart', { call: call({ kind }) })
  for (const result of ['hit', 'miss', 'stale', 'stale'] as const) events.emit('cache', { call: call(), result })
  events.emit('mismatch', { call: call(), detail: 'temp must be a number', pointers: null })
  const seen = await read({ id: source, load: idle })
  const values = (name: string, label: string) =>
    Object.fromEntries(seen.labelValues(name, label).map((one) => [one, seen.value(name, { source, [label]: one })]))
  t.same(values('tributary_upstream_attempts_total', 'kind'), { first: 2, retry: 1, hedge: 1 })
  t.same(values('tributary_cache_total', 'result'), { hit: 1, miss: 1, stale: 2 })
  t.equal(seen.value('tributary_schema_mismatch_total', { source }), 1)
})

t.test('refused requests: every kind from the start, but not who left', async (t) => {
  const { events, read } = build(t)
  const request = { id: 'r', method: 'GET', url: '/a?secret=1' }
  const problem = new Problem('overloaded', 'Try again.')
  events.emit('refusal', refusalOf(request, problem, problem))
  const reset = Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
  events.emit('refusal', refusalOf(request, new Problem('invalid-request', 'It ended.'), reset))
  const seen = await read()
  t.equal(seen.value('tributary_refused_total', { type: 'overloaded' }), 1)
  t.equal(seen.value('tributary_refused_total', { type: 'invalid-request' }), 0)
  const expected = Object.keys(PROBLEMS).filter((type) => !type.startsWith('sources-'))
  t.same(seen.labelValues('tributary_refused_total', 'type'), expected)
})

t.test('gauges are those of the sources that are there now', async (t) => {
  const { read, lifecycle, drop } = build(t)
  lifecycle.inFlight = 3
  drop(2)
  const first = await read(
    { id: 'a', load: { breaker: 'open', budget: 4, inFlight: 1, queued: 2 } },
    { id: 'b', load: { breaker: 'half-open', budget: 0, inFlight: 0, queued: 0 } },
    { id: 'c', load: { breaker: null, budget: null, inFlight: 5, queued: 0 } },
  )
  const values = (seen: Exposition, name: string) =>
    seen.samples.filter((sample) => sample.name === name).map(({ labels, value }) => [labels.source, value])
  t.same(values(first, 'tributary_breaker_state'), [
    ['a', 2],
    ['b', 1],
  ])
  t.same(values(first, 'tributary_retry_budget_balance'), [
    ['a', 4],
    ['b', 0],
  ])
  t.same(values(first, 'tributary_inflight'), [
    ['a', 1],
    ['b', 0],
    ['c', 5],
  ])
  t.same(values(first, 'tributary_queue'), [
    ['a', 2],
    ['b', 0],
    ['c', 0],
  ])
  t.equal(first.value('tributary_answers_inflight'), 3)
  t.equal(first.value('tributary_log_dropped_total'), 2)
  drop(1)
  const second = await read({ id: 'b', load: { ...idle, breaker: 'closed' } })
  t.same(values(second, 'tributary_breaker_state'), [['b', 0]])
  t.same(values(second, 'tributary_inflight'), [['b', 0]])
  t.equal(second.value('tributary_log_dropped_total'), 3)
  const both = await Promise.all([read({ id: 'a', load: idle }), read({ id: 'b', load: idle })])
  t.same(
    both.map((seen) => values(seen, 'tributary_queue')),
    [[['a', 0]], [['b', 0]]],
    'two scrapes at once do not mix',
  )
})

t.test('a source with several origins has a series for each, and one with one origin no such label', async (t) => {
  const { events, read } = build(t)
  const source = 'weather'
  const origins = [
    { origin: '0', breaker: 'open' },
    { origin: '1', breaker: 'closed' },
  ] as const
  const unwatched = origins.map(({ origin }) => ({ origin, breaker: null }))
  events.emit('attemptStart', { call: call({ destination: { origin: 1, permit: 0 } }) })
  const seen = await read(
    { id: source, load: { ...idle, breaker: 'closed', origins } },
    { id: 'b', load: { ...idle, origins: unwatched } },
    { id: 'c', load: { ...idle, breaker: 'closed' } },
  )
  const labelsOf = (name: string) => seen.samples.filter((sample) => sample.name === name)
  t.same(labelsOf('tributary_breaker_state'), [
    { name: 'tributary_breaker_state', labels: { source, origin: '0' }, value: 2 },
    { name: 'tributary_breaker_state', labels: { source, origin: '1' }, value: 0 },
    { name: 'tributary_breaker_state', labels: { source: 'c' }, value: 0 },
  ])
  const attempts = 'tributary_upstream_attempts_total'
  t.equal(seen.value(attempts, { source, origin: '1', kind: 'first' }), 1)
  t.equal(seen.value(attempts, { source, origin: '0', kind: 'hedge' }), 0, 'from the start')
  t.equal(seen.value(attempts, { source: 'b', origin: '1', kind: 'retry' }), 0)
  t.equal(seen.value(attempts, { source: 'c', kind: 'first' }), 0)
  t.equal(labelsOf(attempts).length, 15)
})

t.test('the process', async (t) => {
  const { metrics, read } = build(t)
  const made: unknown[] = []
  for (let n = 0; n < 200_000; n += 1) made[n % 1000] = { n }
  const first = await read()
  // a delay is the time since the sample before it
  await new Promise((resolve) => setTimeout(resolve, 100))
  const until = performance.now() + 150
  while (performance.now() < until) made.push(Math.sqrt(until))
  await new Promise((resolve) => setTimeout(resolve, 100))
  const seen = await read()
  const value = (name: string) => seen.value(name) ?? Number.NaN
  const spent = value('process_cpu_seconds_total') - (first.value('process_cpu_seconds_total') ?? Number.NaN)
  t.ok(spent > 0.03 && spent < 5, `${spent} s of processor time`)
  t.ok(value('process_cpu_user_seconds_total') > 0 && value('process_cpu_system_seconds_total') > 0)
  const uptime = Date.now() / 1000 - value('process_start_time_seconds')
  t.ok(Math.abs(uptime - process.uptime()) < 1, `up for ${uptime} s`)
  const [rss, used, total] = [
    'process_resident_memory_bytes',
    'nodejs_heap_size_used_bytes',
    'nodejs_heap_size_total_bytes',
  ].map(value)
  t.ok(Number(rss) > Number(used) && Number(total) >= Number(used) && Number(used) > 1e6)
  t.ok(value('nodejs_heap_size_limit_bytes') > Number(total))
  t.ok(value('nodejs_external_memory_bytes') > 0)
  if (process.platform === 'linux') {
    t.ok(value('process_open_fds') > 3)
    t.ok(value('process_max_fds') > value('process_open_fds'))
  }
  t.ok(value('nodejs_eventloop_lag_max_seconds') > 0.02, 'the loop was held up')
  t.ok(value('nodejs_eventloop_lag_p50_seconds') <= value('nodejs_eventloop_lag_p99_seconds'))
  t.ok(value('nodejs_eventloop_lag_mean_seconds') >= 0)
  t.ok(value('nodejs_eventloop_active_seconds_total') > 0.05)
  metrics.close()
  t.ok((await read()).families.size > 20, 'they can be read when nothing is observed any more')
})

t.test('collections are counted until the metrics are closed', async (t) => {
  const { metrics, read } = build(t)
  const collect = async () => {
    let made: object[] = []
    for (let n = 0; n < 3_000_000; n += 1) {
      made.push({ n })
      if (made.length > 100_000) made = []
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
    return (await read()).value('nodejs_gc_duration_seconds_count', { kind: 'minor' }) ?? 0
  }
  const seen = await collect()
  t.ok(seen > 0, `${seen} collections`)
  metrics.close()
  t.equal(await collect(), seen)
})

t.test('each metric has the name, the type and the labels of the contract', async (t) => {
  const { read, metrics } = build(t)
  const { families } = await read()
  const contract: Readonly<Record<string, readonly [type: string, labels: readonly string[]]>> = {
    tributary_aggregate_duration_seconds: ['histogram', ['view', 'status', 'partial']],
    tributary_upstream_duration_seconds: ['histogram', ['source', 'outcome']],
    tributary_upstream_attempts_total: ['counter', ['source', 'kind', 'origin']],
    tributary_breaker_state: ['gauge', ['source', 'origin']],
    tributary_inflight: ['gauge', ['source']],
    tributary_queue: ['gauge', ['source']],
    tributary_retry_budget_balance: ['gauge', ['source']],
    tributary_cache_total: ['counter', ['source', 'result']],
    tributary_schema_mismatch_total: ['counter', ['source']],
    tributary_log_dropped_total: ['counter', []],
  }
  for (const [name, [type, labels]] of Object.entries(contract)) {
    t.equal(families.get(name)?.type, type, name)
    t.ok(families.get(name)?.help.endsWith('.'), `${name} has help`)
    t.same((metrics.registry.getSingleMetric(name) as unknown as { labelNames: string[] }).labelNames, labels, name)
  }
  t.match(families.get('tributary_build_info')?.samples, [{ labels: { node: process.version }, value: 1 }])
})
