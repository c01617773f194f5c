import type { Policy } from '../../src/core/call.ts'
import type { SourceOptions } from '../../src/source/options.ts'
import { SourceState } from '../../src/source/state.ts'
import { type Bench, test } from '../policies/bench.ts'
import { heard } from '../support/events.ts'

type StateOptions = Pick<
  SourceOptions,
  'id' | 'bulkhead' | 'breaker' | 'budget' | 'rateLimit' | 'cache' | 'origins' | 'balance'
>

const NONE: StateOptions = {
  id: 'weather',
  bulkhead: null,
  breaker: null,
  budget: null,
  rateLimit: null,
  cache: null,
  origins: null,
  balance: 'roundRobin',
}
const BREAKER = { windowMs: 10_000, minCalls: 2, failureRate: 0.5, openForMs: 5000, slowAfterMs: null, slowRate: 1 }
const CACHE = { ttlMs: 0, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 }

function stateOf(bench: Bench, over: Partial<StateOptions> = {}) {
  const { events, told } = heard('breaker')
  // the state does not use the other options
  const options = { ...NONE, ...over } as SourceOptions
  return { told, state: new SourceState(options, bench.clock, events) }
}

test('policies that are not configured have no state, and nothing is limited', async (t, bench) => {
  const { state } = stateOf(bench)
  t.match(state, { breaker: null, origins: null, budget: null, rateLimit: null, coalesce: null, latency: null })
  t.same(state.load, { breaker: null, budget: null, inFlight: 0, queued: 0 })
  const ended = Array.from({ length: 500 }, () => state.bulkhead.policy(bench.source)(bench.call()))
  t.equal(state.bulkhead.inFlight, 500)
  for (const place of ended.keys()) bench.end(place)
  await Promise.all(ended)
})

test('configured policies have state', async (t, bench) => {
  const { state } = stateOf(bench, {
    bulkhead: { maxInFlight: 1, maxQueue: 0 },
    breaker: BREAKER,
    budget: { ratio: 0, minPerSecond: 2 },
    rateLimit: { max: 1, perMs: 1000 },
    cache: CACHE,
  })
  t.equal(state.breaker?.status, 'closed')
  t.equal(state.budget?.balance, 20)
  t.not(state.coalesce, null)
  const first = state.bulkhead.policy(bench.source)(bench.call())
  t.match(await state.bulkhead.policy(bench.source)(bench.call()), { failure: { code: 'connection_limit_reached' } })
  bench.end(0)
  await first
})

test('every change of the breaker is emitted with the id of the source', async (t, bench) => {
  const { told, state } = stateOf(bench, { breaker: BREAKER })
  const say = (verdict: 'good' | 'bad') => {
    const permit = state.breaker?.admit()
    if (permit != null) state.breaker?.conclude(permit, verdict)
  }
  for (let i = 0; i < 2; i += 1) say('bad')
  const openForMs = state.breaker?.retryInMs ?? 0
  t.ok(openForMs >= 4500 && openForMs <= 5500, `${openForMs} ms`)
  await bench.clock.advance(openForMs)
  for (let i = 0; i < 2; i += 1) say('good')
  t.strictSame(told, [
    { source: 'weather', origin: null, from: 'closed', to: 'open', openForMs },
    { source: 'weather', origin: null, from: 'open', to: 'half-open', openForMs: null },
    { source: 'weather', origin: null, from: 'half-open', to: 'closed', openForMs: null },
  ])
})

test('queued counts attempts that wait for the bulkhead or the rate limit', async (t, bench) => {
  const { state } = stateOf(bench, {
    bulkhead: { maxInFlight: 1, maxQueue: 5 },
    rateLimit: { max: 2, perMs: 200 },
  })
  const limit = state.rateLimit?.policy as Policy
  const stack = limit(state.bulkhead.policy(bench.source))
  const ended = [stack(bench.call()), stack(bench.call()), stack(bench.call())]
  await bench.clock.advance(0)
  t.equal(state.bulkhead.inFlight, 1)
  t.equal(state.load.queued, 2, 'one for each')
  await bench.clock.advance(100)
  t.equal(state.bulkhead.queued, 2)
  for (const place of [0, 1, 2]) {
    bench.end(place)
    await ended[place]
  }
  t.equal(state.load.queued, 0)
})

test('latency returns percentiles of the last minutes', async (t, bench) => {
  const { state } = stateOf(bench)
  for (let ms = 1; ms <= 100; ms += 1) state.latencies.record(ms)
  const { p50 = 0, p95 = 0, p99 = 0 } = state.latency ?? {}
  t.ok(Math.abs(p50 - 50) <= 1 && Math.abs(p95 - 95) <= 1 && Math.abs(p99 - 99) <= 1, `${p50}, ${p95}, ${p99} ms`)
  await bench.clock.advance(4 * 60_000)
  t.not(state.latency, null)
  await bench.clock.advance(60_000)
  t.equal(state.latency, null)
})

for (const [ttlMs, keeps] of [
  [0, false],
  [1000, true],
] as const) {
  test(`with a cache of ${ttlMs} ms, a call whose callers all reached their deadline ${keeps ? 'goes on' : 'ends'}`, async (t, bench) => {
    const { state } = stateOf(bench, { cache: { ...CACHE, ttlMs } })
    const call = bench.call()
    const ended = state.coalesce?.policy(bench.source)(call)
    call.cancel.cancel('batch')
    await ended
    t.equal(bench.reached[0]?.cancel.reason, keeps ? null : 'batch')
    bench.end(0)
  })
}

test('with several origins, each has a breaker, and its changes say which', async (t, bench) => {
  const { state, told } = stateOf(bench, { breaker: BREAKER, origins: ['http://a', 'http://b'], balance: 'failover' })
  t.equal(state.breaker, null)
  const { origins } = state
  const fail = (): void => {
    const destination = origins?.admit('first', [])
    if (destination != null) origins?.conclude(destination, 'bad')
  }
  for (let attempt = 0; attempt < 2; attempt += 1) fail()
  t.match(told, [{ source: 'weather', origin: 0, from: 'closed', to: 'open' }])
  t.same(state.load.origins, [
    { origin: '0', breaker: 'open' },
    { origin: '1', breaker: 'closed' },
  ])
  t.equal(state.load.breaker, 'closed')
  for (let attempt = 0; attempt < 2; attempt += 1) fail()
  t.match(told, [{ origin: 0 }, { origin: 1 }])
  t.equal(state.load.breaker, 'open')
})

test('with several origins and no breaker, each is there without a state', async (t, bench) => {
  const { state } = stateOf(bench, { origins: ['http://a', 'http://b'] })
  t.match(state.load, {
    breaker: null,
    origins: [
      { origin: '0', breaker: null },
      { origin: '1', breaker: null },
    ],
  })
})
