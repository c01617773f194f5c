import { compose, keyOf, type SourceCall } from '../../src/core/call.ts'
import { FAILURE_CODES, type FailureCode } from '../../src/core/failure.ts'
import { live, type Outcome } from '../../src/core/outcome.ts'
import type { Cached, CacheStore } from '../../src/core/store.ts'
import { type CacheLimits, cache, keepMsOf } from '../../src/policies/cache.ts'
import { fill } from '../../src/policies/fill.ts'
import { MemoryStore } from '../../src/source/memory-store.ts'
import { heard } from '../support/events.ts'
import { type Bench, DATA, failing, test } from './bench.ts'

/** Fresh for 1,000 ms; then 500 ms stale-while-revalidate, and 2,000 ms stale-if-error. */
const LIMITS: CacheLimits = { ttlMs: 1000, staleWhileRevalidateMs: 500, staleIfErrorMs: 2000 }
/** The outcome of a live call, after the cache policy. */
const asked = (outcome: Outcome, { ttlMs } = LIMITS): Outcome => ({ ...outcome, freshForMs: ttlMs })
const OTHER = live(Buffer.from('{"b":2}'), 200)

/** The cache and fill policies around a source. */
function setUp(bench: Bench, source: SourceCall, limits = LIMITS, store: CacheStore = memory(bench)) {
  const { events, told: refreshed } = heard('refresh')
  const policies = [cache(limits, { store, clock: bench.clock, events }), fill(store, keepMsOf(limits))]
  return { refreshed, store, stack: compose(policies, source) }
}

const memory = ({ clock }: Bench) => new MemoryStore(1_000_000, clock)
const text = ({ body }: Outcome) => body?.toString() ?? null

/** Advances the clock and returns a new call, whose deadline is in the future of the clock. */
const later = async (bench: Bench, ms: number) => {
  await bench.clock.advance(ms)
  return bench.call()
}

test('the first call is made, and the next ones are served from the cache while it is fresh', async (t, bench) => {
  const { stack } = setUp(bench, bench.script(DATA, OTHER))
  t.strictSame(await stack(bench.call()), asked(DATA))
  for (const ms of [0, 500, 499]) {
    const outcome = await stack(await later(bench, ms))
    t.equal(text(outcome), '{"a":1}')
    t.match(outcome, { failure: null, upstreamStatus: null, from: 'cache', attemptMs: 0 })
  }
  t.equal(bench.reached.length, 1)
})

test('returns the age of a value', async (t, bench) => {
  const { stack } = setUp(bench, bench.script(DATA))
  await stack(bench.call())
  for (const [ms, ageMs] of [
    [0, 0],
    [400, 400],
    [599, 999],
    [1, 1000],
  ] as const) {
    t.equal((await stack(await later(bench, ms))).ageMs, ageMs)
  }
})

test('returns the remaining time of freshness', async (t, bench) => {
  const { stack } = setUp(bench, bench.script(DATA, failing('connection_refused')))
  t.equal((await stack(bench.call())).freshForMs, 1000, 'when it was asked for just now')
  t.equal((await stack(await later(bench, 400))).freshForMs, 600, 'from the cache')
  t.match(await stack(await later(bench, 700)), { from: 'stale', freshForMs: 0 }, 'while it is asked for anew')
  t.match(await stack(await later(bench, 500)), { from: 'stale', freshForMs: 0 }, 'in the place of a failure')
})

test('emits the result of each lookup', async (t, bench) => {
  const { events, told } = heard('cache')
  const store = memory(bench)
  const policies = [cache(LIMITS, { store, clock: bench.clock, events }), fill(store, keepMsOf(LIMITS))]
  const stack = compose(policies, bench.script(DATA, failing('connection_refused')))
  for (const ms of [0, 999, 1, 500]) await stack(await later(bench, ms))
  t.strictSame(
    told.map(({ call, result }) => `${call.source} ${result}`),
    ['weather miss', 'weather hit', 'weather stale', 'weather miss'],
  )
})

test('a cached call has no effort', async (t, bench) => {
  const { stack } = setUp(bench, bench.script(DATA))
  await stack(bench.call())
  const call = bench.call()
  await stack(call)
  t.equal(call.record.effort.attempts, 0)
})

for (const [ms, from] of [
  [999, 'cache'],
  [1000, 'stale'],
  [1499, 'stale'],
  [1500, 'live'],
] as const) {
  test(`after ${ms} ms a value is served ${from}`, async (t, bench) => {
    const { stack } = setUp(bench, bench.script(DATA, OTHER))
    await stack(bench.call())
    const outcome = await stack(await later(bench, ms))
    t.equal(outcome.from, from)
    t.equal(outcome.failure, null)
    t.equal(text(outcome), from === 'live' ? '{"b":2}' : '{"a":1}')
  })
}

test('keys and sources are kept separately', async (t, bench) => {
  const { stack } = setUp(bench, bench.script(DATA, OTHER, live(Buffer.from('3'), 200)))
  const request = {
    method: 'GET',
    path: '/',
    headers: [],
    body: null,
    isRepeatable: true,
    key: 'GET /other',
    shown: () => null,
  } as const
  t.equal(text(await stack(bench.call())), '{"a":1}')
  t.equal(text(await stack(bench.call('b', { request }))), '{"b":2}')
  t.equal(text(await stack(bench.call('c', { source: 'news' }))), '3')
  t.equal(text(await stack(bench.call('b', { request }))), '{"b":2}')
  t.equal(bench.reached.length, 3)
  t.equal(keyOf(bench.call('b', { request })), 'weather GET /other')
})

test('an empty answer is stored too', async (t, bench) => {
  const { stack } = setUp(bench, bench.script(live(null, 204), DATA))
  await stack(bench.call())
  const outcome = await stack(bench.call())
  t.match(outcome, { failure: null, from: 'cache' })
  t.equal(outcome.body, null)
})

test('failures are not stored, even if they have a substitute', async (t, bench) => {
  const substituted: Outcome = { ...DATA, failure: failing('dns_error').failure, from: 'stale' }
  const { stack } = setUp(bench, bench.script(failing('connection_refused'), substituted, OTHER))
  t.match(await stack(bench.call()), { failure: { code: 'connection_refused' } })
  t.match(await stack(bench.call()), { failure: { code: 'dns_error' } })
  t.strictSame(await stack(bench.call()), asked(OTHER))
})

test('a stale value is served at once and refreshed in the background', async (t, bench) => {
  const { refreshed, stack } = setUp(bench, bench.source)
  const first = stack(bench.call())
  await bench.clock.advance(0)
  bench.end(0)
  await first
  const call = await later(bench, 1200)
  const outcome = await stack(call)
  t.equal(text(outcome), '{"a":1}')
  t.match(outcome, { from: 'stale', ageMs: 1200, failure: null })
  t.equal(bench.reached.length, 2)
  call.cancel.cancel('client')
  t.equal(bench.reached[1]?.cancel.reason, null, 'the client may go')
  t.strictSame(refreshed, [])
  await bench.clock.advance(40)
  bench.end(1, OTHER)
  await bench.clock.advance(0)
  t.equal(text(await stack(bench.call())), '{"b":2}')
  t.equal(bench.reached.length, 2)
})

test('a refresh is emitted once, with its own record and times', async (t, bench) => {
  const { refreshed, stack } = setUp(bench, bench.source)
  const first = stack(bench.call())
  await bench.clock.advance(0)
  bench.end(0)
  await first
  const call = await later(bench, 1200)
  await stack(call)
  await bench.clock.advance(40)
  bench.end(1, OTHER)
  await bench.clock.advance(0)
  t.equal(refreshed.length, 1)
  t.equal(refreshed[0]?.outcome, OTHER)
  t.match(refreshed[0]?.call, { id: 'weather', source: 'weather' })
  t.match(refreshed[0]?.call.record, { startedAt: 2200, endedAt: 2240, effort: { attempts: 1 } })
  t.equal(call.record.effort.attempts, 0, 'the call itself took none')
})

test('each key has one refresh at a time', async (t, bench) => {
  const { stack } = setUp(bench, bench.source)
  const first = stack(bench.call())
  await bench.clock.advance(0)
  bench.end(0)
  await first
  await bench.clock.advance(1100)
  for (let i = 0; i < 5; i += 1) t.equal((await stack(bench.call())).from, 'stale')
  t.equal(bench.reached.length, 2)
  bench.end(1, failing('connection_refused'))
  await bench.clock.advance(100)
  t.equal((await stack(bench.call())).from, 'stale')
  t.equal(bench.reached.length, 3, 'the next one only after it has ended')
  bench.end(2)
  await bench.clock.advance(0)
})

test('a refresh that fails keeps the stale value, and is emitted', async (t, bench) => {
  const { refreshed, stack } = setUp(bench, bench.script(DATA, failing('connection_refused')))
  await stack(bench.call())
  t.equal((await stack(await later(bench, 1100))).from, 'stale')
  await bench.clock.advance(0)
  t.match(refreshed[0]?.outcome, { failure: { code: 'connection_refused' } })
  t.match(await stack(await later(bench, 100)), { from: 'stale', failure: null, ageMs: 1200 })
})

test('an exception below a refresh is emitted as internal_error, and does not block the next refresh', async (t, bench) => {
  let made = 0
  const { refreshed, stack } = setUp(bench, async () => {
    made += 1
    if (made === 2) throw new Error('a bug')
    return DATA
  })
  await stack(bench.call())
  await stack(await later(bench, 1100))
  await bench.clock.advance(0)
  t.match(refreshed[0]?.outcome, { failure: { code: 'internal_error' } })
  await stack(bench.call())
  await bench.clock.advance(0)
  t.equal(made, 3)
})

for (const code of Object.keys(FAILURE_CODES) as FailureCode[]) {
  test(`a stale value replaces ${code}, which is still reported`, async (t, bench) => {
    const { stack } = setUp(bench, bench.script(DATA, failing(code)))
    await stack(bench.call())
    const outcome = await stack(await later(bench, 1600))
    t.equal(text(outcome), '{"a":1}')
    t.match(outcome, { from: 'stale', ageMs: 1600, failure: { code } })
  })
}

for (const [ms, usable] of [
  [2999, true],
  [3000, false],
] as const) {
  test(`after ${ms} ms a stale value ${usable ? 'replaces' : 'does not replace'} a failure: the limit is 2,000 ms after it became stale`, async (t, bench) => {
    const { stack } = setUp(bench, bench.script(DATA, failing('connection_refused')))
    await stack(bench.call())
    const outcome = await stack(await later(bench, ms))
    t.match(outcome, { from: usable ? 'stale' : 'live', failure: { code: 'connection_refused' } })
    t.equal(text(outcome), usable ? '{"a":1}' : null)
  })
}

test('the duration of the failed call counts for the age', async (t, bench) => {
  const { stack } = setUp(bench, bench.source)
  const first = stack(bench.call())
  await bench.clock.advance(0)
  bench.end(0)
  await first
  for (const [place, waitMs, usable] of [
    [1, 399, true],
    [2, 1, false],
  ] as const) {
    const ended = stack(await later(bench, place === 1 ? 2600 : 0))
    await bench.clock.advance(waitMs)
    bench.end(place, failing('connection_refused'))
    const outcome = await ended
    t.equal(text(outcome), usable ? '{"a":1}' : null)
    if (usable) t.equal(outcome.ageMs, 2999)
  }
})

test('staleIfError may be shorter than staleWhileRevalidate', async (t, bench) => {
  const limits = { ttlMs: 1000, staleWhileRevalidateMs: 2000, staleIfErrorMs: 0 }
  const { stack } = setUp(bench, bench.script(DATA, failing('connection_refused')), limits)
  await stack(bench.call())
  t.match(await stack(await later(bench, 2999)), { from: 'stale', failure: null })
  const outcome = await stack(await later(bench, 1))
  t.match(outcome, { body: null, failure: { code: 'connection_refused' } })
})

test('without both windows, a stale value is not served', async (t, bench) => {
  const limits = { ttlMs: 1000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 }
  const { stack } = setUp(bench, bench.script(DATA, failing('connection_refused')), limits)
  await stack(bench.call())
  t.match(await stack(await later(bench, 1000)), { body: null, failure: { code: 'connection_refused' } })
})

test('an empty answer does not replace a failure', async (t, bench) => {
  const refused = failing('connection_refused')
  const { stack } = setUp(bench, bench.script(live(null, 204), refused))
  await stack(bench.call())
  t.equal(await stack(await later(bench, 1600)), refused)
})

test('a value is stored for its ttl plus the longer of both windows', async (t) => {
  t.equal(keepMsOf(LIMITS), 3000)
  t.equal(keepMsOf({ ttlMs: 1, staleWhileRevalidateMs: 20, staleIfErrorMs: 3 }), 21)
  t.equal(keepMsOf({ ttlMs: 0, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 }), 0)
})

/** A store whose reads end on request. */
function slowStore() {
  const reads: { resolve: (cached: Cached | null) => void; reject: (error: Error) => void }[] = []
  const get = () => new Promise<Cached | null>((resolve, reject) => reads.push({ resolve, reject }))
  return { reads, get, set: async () => {}, close: async () => {} }
}

const FRESH: Cached = { body: Buffer.from('1'), ageMs: 5 }

test('a store that takes 50 ms counts as empty, and its late result is ignored', async (t, bench) => {
  const store = slowStore()
  const { stack } = setUp(bench, bench.script(DATA), LIMITS, store)
  const ended = stack(bench.call())
  await bench.clock.advance(49)
  t.equal(bench.reached.length, 0)
  await bench.clock.advance(1)
  t.strictSame(await ended, asked(DATA))
  store.reads[0]?.resolve(FRESH)
  await bench.clock.advance(1)
  t.equal(bench.reached.length, 1)
})

test('a store that answers within 50 ms is used', async (t, bench) => {
  const store = slowStore()
  const { stack } = setUp(bench, bench.script(DATA), LIMITS, store)
  const ended = stack(bench.call())
  await bench.clock.advance(49)
  store.reads[0]?.resolve(FRESH)
  t.match(await ended, { from: 'cache', ageMs: 5 })
  t.equal(bench.reached.length, 0)
})

for (const when of ['at once', 'after the bound']) {
  test(`a store that rejects ${when} counts as empty`, async (t, bench) => {
    const store = slowStore()
    const { stack } = setUp(bench, bench.script(DATA), LIMITS, store)
    const ended = stack(bench.call())
    if (when !== 'at once') await bench.clock.advance(50)
    store.reads[0]?.reject(new Error('no connection'))
    t.strictSame(await ended, asked(DATA))
  })
}

test('a store that rejects a write does not affect the call', async (t, bench) => {
  const store: CacheStore = {
    get: async () => null,
    set: () => Promise.reject(new Error('no connection')),
    close: async () => {},
  }
  const { stack } = setUp(bench, bench.script(DATA), LIMITS, store)
  t.strictSame(await stack(bench.call()), asked(DATA))
  await bench.clock.advance(0)
})

test('a cancelled call stops waiting for the store', async (t, bench) => {
  const store = slowStore()
  const { stack } = setUp(bench, bench.source, LIMITS, store)
  const call = bench.call()
  const ended = stack(call)
  call.cancel.cancel('client')
  t.equal(bench.clock.pending, 0)
  t.match(await ended, { failure: { code: 'cancelled' } })
  store.reads[0]?.resolve(FRESH)
})

test('a call that is already cancelled does not read the store', async (t, bench) => {
  const store = slowStore()
  const { stack } = setUp(bench, bench.source, LIMITS, store)
  const call = bench.call()
  call.cancel.cancel('batch')
  t.match(await stack(call), { failure: { code: 'deadline_exceeded' } })
  t.equal(store.reads.length, 0)
})
