import { type CallContext, compose } from '../../src/core/call.ts'
import { live, type Outcome } from '../../src/core/outcome.ts'
import { breaker } from '../../src/policies/breaker.ts'
import { Bulkhead } from '../../src/policies/bulkhead.ts'
import { cache, keepMsOf } from '../../src/policies/cache.ts'
import { Coalesce, coalesceAnswer } from '../../src/policies/coalesce.ts'
import { deadline } from '../../src/policies/deadline.ts'
import { fill } from '../../src/policies/fill.ts'
import { hedge } from '../../src/policies/hedge.ts'
import { BreakerState } from '../../src/policies/parts/breaker-state.ts'
import { Budget } from '../../src/policies/parts/budget.ts'
import { fixedDelay } from '../../src/policies/parts/hedge-delay.ts'
import { RateLimit } from '../../src/policies/rate-limit.ts'
import { type RetryLimits, retry } from '../../src/policies/retry.ts'
import { timeout } from '../../src/policies/timeout.ts'
import { MemoryStore } from '../../src/source/memory-store.ts'
import { newAllowance } from '../support/allowance.ts'
import { heard } from '../support/events.ts'
import { TRACE } from '../support/trace.ts'
import { type Bench, DATA, failing, status, test } from './bench.ts'

const REFUSED = failing('connection_refused')
const OTHER = live(Buffer.from('{"b":2}'), 200)
const LIMITS: RetryLimits = { attempts: 5, baseDelayMs: 100, maxDelayMs: 100, minTimeMs: 0 }

/** Retries with a backoff of 100 ms, unless `over` changes it. */
const retrying = ({ clock }: Bench, over: Partial<RetryLimits> = {}, budget: Budget | null = null) =>
  retry({ ...LIMITS, ...over }, { budget, clock, random: () => 1 })
const hedging = ({ clock }: Bench, budget: Budget | null = null) => hedge({ delay: fixedDelay(80), budget, clock })
const context = (): CallContext => ({
  requestId: 'request',
  trace: TRACE,
  made: new Map(),
  allowance: newAllowance(),
})
const kinds = ({ reached }: Bench) => reached.map(({ kind }) => kind)
const text = ({ body }: Outcome) => body?.toString() ?? null

function breaking({ clock }: Bench, minCalls: number) {
  const limits = { windowMs: 10_000, minCalls, failureRate: 0.5, openForMs: 5000, slowAfterMs: null, slowRate: 1 }
  const state = new BreakerState(limits, { clock, random: () => 0.5, onChange: () => {} })
  return { state, policy: breaker(state, null) }
}

test('when the breaker opens, the retries end with the last failure of the source', async (t, bench) => {
  const { state, policy } = breaking(bench, 2)
  const last = failing('connection_terminated')
  const call = bench.call()
  const ended = compose([retrying(bench), policy], bench.script(REFUSED, last, DATA))(call)
  await bench.clock.advance(1000)
  t.equal(await ended, last)
  t.equal(state.status, 'open')
  t.equal(call.record.effort.attempts, 2)
})

test('an open breaker ends the call at once, without a backoff and without an attempt', async (t, bench) => {
  const { policy } = breaking(bench, 1)
  const stack = compose([retrying(bench, { attempts: 1 }), policy], bench.script(REFUSED))
  await stack(bench.call())
  const call = bench.call()
  const budget = new Budget({ ratio: 0, minPerSecond: 1 }, bench.clock)
  const outcome = await compose([retrying(bench, {}, budget), hedging(bench, budget), policy], bench.source)(call)
  t.match(outcome, { failure: { code: 'destination_unavailable', retryAfterMs: 5000 } })
  t.equal(call.record.effort.attempts, 0)
  t.equal(bench.clock.pending, 0)
  t.equal(budget.balance, 10)
})

test('each attempt of one call counts for the breaker', async (t, bench) => {
  const { state, policy } = breaking(bench, 4)
  const ended = compose([retrying(bench, { attempts: 3 }), policy], bench.script(REFUSED))(bench.call())
  await bench.clock.advance(300)
  await ended
  t.equal(state.status, 'closed')
  await compose([retrying(bench, { attempts: 1 }), policy], bench.script(REFUSED))(bench.call())
  t.equal(state.status, 'open')
})

test('the breaker does not count a superseded attempt', async (t, bench) => {
  const { state, policy } = breaking(bench, 2)
  const stack = compose([hedging(bench), policy], bench.source)
  for (const place of [1, 3, 5]) {
    const ended = stack(bench.call())
    await bench.clock.advance(80)
    bench.end(place)
    t.equal(await ended, DATA)
  }
  t.equal(state.status, 'closed')
  t.equal(bench.reached.length, 6)
})

test('the breaker does not count attempts that the bulkhead or the rate limit refuses, and they use no probe', async (t, bench) => {
  const { state, policy } = breaking(bench, 1)
  const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueue: 0 }, bench.clock)
  const stack = compose([policy, bulkhead.policy], bench.source)
  const bad = stack(bench.call())
  bench.end(0, REFUSED)
  await bad
  await bench.clock.advance(5000)
  const first = stack(bench.call())
  for (let i = 0; i < 5; i += 1) {
    t.match(await stack(bench.call()), { failure: { code: 'connection_limit_reached' } })
  }
  t.equal(state.status, 'half-open')
  bench.end(1)
  await first
  const second = stack(bench.call())
  bench.end(2)
  await second
  t.equal(state.status, 'closed')
})

test('a hedge takes a second slot of the bulkhead, and both are released when one attempt wins', async (t, bench) => {
  const bulkhead = new Bulkhead({ maxInFlight: 2, maxQueue: 2 }, bench.clock)
  const ended = compose([hedging(bench), bulkhead.policy], bench.source)(bench.call())
  t.equal(bulkhead.inFlight, 1)
  await bench.clock.advance(80)
  t.equal(bulkhead.inFlight, 2)
  bench.end(1)
  t.equal(await ended, DATA)
  await bench.clock.advance(0)
  t.equal(bulkhead.inFlight, 0)
})

test('if the bulkhead is full there is no hedge, and the call goes on', async (t, bench) => {
  const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueue: 5 }, bench.clock)
  const call = bench.call()
  const ended = compose([hedging(bench), bulkhead.policy], bench.source)(call)
  await bench.clock.advance(500)
  t.strictSame([bulkhead.inFlight, bulkhead.queued], [1, 0])
  bench.end(0)
  t.equal(await ended, DATA)
  t.equal(call.record.effort.attempts, 1)
})

test('a refused hedge is not reported as a hedge', async (t, bench) => {
  const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueue: 5 }, bench.clock)
  const call = bench.call()
  const ended = compose([hedging(bench), bulkhead.policy], bench.source)(call)
  await bench.clock.advance(500)
  bench.end(0)
  await ended
  t.strictSame({ ...call.record.effort }, { attempts: 1, sent: 1, unauthorized: 0, hedged: false, bytes: 0 })
})

test('the hedge does not overtake a first attempt that still waits for its slot', async (t, bench) => {
  const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueue: 5 }, bench.clock)
  const stack = compose([hedging(bench), bulkhead.policy], bench.source)
  const before = bulkhead.policy(bench.source)(bench.call('before'))
  const ended = stack(bench.call('waits'))
  await bench.clock.advance(200)
  t.equal(bulkhead.queued, 1)
  bench.end(0)
  await before
  bench.end(1, OTHER)
  t.equal(await ended, OTHER)
  t.strictSame(kinds(bench), ['first', 'first'])
})

test('a retry waits for the rate limit, a hedge does not', async (t, bench) => {
  const limit = new RateLimit({ max: 1, perMs: 500 }, bench.clock)
  const stack = compose([retrying(bench, { attempts: 2 }), hedging(bench), limit.policy], bench.source)
  const ended = stack(bench.call())
  await bench.clock.advance(80)
  t.equal(limit.queued, 0)
  bench.end(0, REFUSED)
  await bench.clock.advance(419)
  t.equal(limit.queued, 1)
  await bench.clock.advance(1)
  t.strictSame(kinds(bench), ['first', 'retry'])
  bench.end(1)
  t.equal(await ended, DATA)
})

test("the answer's deadline ends a backoff at once, and no timer or listener remains", async (t, bench) => {
  const call = bench.call()
  const ended = compose([deadline(), timeout(5000, 'call', bench.clock), retrying(bench)], bench.script(REFUSED))(call)
  await bench.clock.advance(50)
  t.equal(bench.clock.pending, 1)
  call.cancel.cancel('batch')
  t.match(await ended, { failure: { code: 'deadline_exceeded' } })
  t.equal(bench.clock.pending, 0)
  await bench.clock.advance(1000)
  t.equal(bench.reached.length, 1)
})

test('a timeout in a backoff reports the last attempt at the instant of the timeout', async (t, bench) => {
  const ended = compose([timeout(150, 'call', bench.clock), retrying(bench)], bench.source)(bench.call())
  await bench.clock.advance(60)
  bench.end(0, REFUSED)
  await bench.clock.advance(90)
  t.equal(await ended, REFUSED, '100 ms do not fit, and are not waited for')
})

test('attempts that time out are retried until the call times out', async (t, bench) => {
  const { clock } = bench
  const stack = compose([timeout(1000, 'call', clock), retrying(bench), timeout(300, 'attempt', clock)], bench.source)
  const call = bench.call()
  const ended = stack(call)
  await clock.advance(999)
  t.strictSame(
    bench.reachedAt.map((at) => at - 1000),
    [0, 400, 800],
  )
  t.strictSame(
    bench.reached.map(({ deadline }) => `${deadline.at - 1000} ${deadline.cause}`),
    ['300 attempt', '700 attempt', '1000 call'],
  )
  t.strictSame(
    bench.reached.map(({ cancel }) => cancel.reason),
    ['attempt', 'attempt', null],
  )
  await clock.advance(1)
  t.match(await ended, { failure: { code: 'http_response_timeout', message: 'weather did not answer within 1000 ms' } })
  t.equal(call.record.effort.attempts, 3)
  await clock.advance(1000)
  t.equal(bench.reached.length, 3)
})

test('an attempt that could not finish before the timeout is not made', async (t, bench) => {
  const { clock } = bench
  const limits = { minTimeMs: 300 }
  const stack = compose(
    [timeout(1000, 'call', clock), retrying(bench, limits), timeout(300, 'attempt', clock)],
    bench.source,
  )
  const ended = stack(bench.call())
  await clock.advance(700)
  t.match(await ended, { failure: { code: 'http_response_timeout', message: 'weather did not answer within 300 ms' } })
  t.equal(bench.reached.length, 2)
})

test('a timeout while a retry waits for a slot reports the previous attempt', async (t, bench) => {
  const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueue: 5 }, bench.clock)
  const stack = compose([timeout(500, 'call', bench.clock), retrying(bench), bulkhead.policy], bench.source)
  const call = bench.call()
  const ended = stack(call)
  bench.end(0, REFUSED)
  await bench.clock.advance(50)
  const other = bulkhead.policy(bench.source)(bench.call('other'))
  await bench.clock.advance(100)
  t.equal(bulkhead.queued, 1)
  await bench.clock.advance(350)
  t.equal(await ended, REFUSED)
  t.equal(call.record.effort.attempts, 1)
  t.equal(bulkhead.queued, 0)
  bench.end(1)
  await other
})

test('a hedge has an attempt timeout of its own', async (t, bench) => {
  const { clock } = bench
  const ended = compose([hedging(bench), timeout(100, 'attempt', clock)], bench.source)(bench.call())
  await clock.advance(100)
  t.strictSame(
    bench.reached.map(({ cancel }) => cancel.reason),
    ['attempt', null],
  )
  await clock.advance(79)
  bench.end(1, OTHER)
  t.equal(await ended, OTHER)
})

test('retries and hedges share one budget', async (t, bench) => {
  const budget = new Budget({ ratio: 0, minPerSecond: 0.2 }, bench.clock)
  const stack = compose([budget.policy, retrying(bench, {}, budget), hedging(bench, budget)], bench.source)
  const call = bench.call()
  const ended = stack(call)
  await bench.clock.advance(80)
  t.equal(budget.balance, 1, 'one for the hedge')
  bench.end(0, REFUSED)
  bench.end(1, REFUSED)
  await bench.clock.advance(100)
  t.equal(budget.balance, 0, 'one for the retry')
  await bench.clock.advance(200)
  t.strictSame(kinds(bench), ['first', 'hedge', 'retry'], 'none for a hedge of it')
  const last = failing('connection_terminated')
  bench.end(2, last)
  t.equal(await ended, last, 'nor for another retry')
  t.equal(call.record.effort.attempts, 3)
})

test('a call adds to the budget once, for any number of attempts', async (t, bench) => {
  const budget = new Budget({ ratio: 0.5, minPerSecond: 0 }, bench.clock)
  const stack = compose([budget.policy, retrying(bench, {}, budget)], bench.script(REFUSED))
  const ended = [stack(bench.call()), stack(bench.call()), stack(bench.call()), stack(bench.call())]
  await bench.clock.advance(1000)
  await Promise.all(ended)
  t.equal(bench.reached.length, 6, 'four and two more')
})

/** The policies above an attempt of a source with a cache, in order. */
function cached(bench: Bench, timeoutMs: number) {
  const { clock } = bench
  const limits = { ttlMs: 1000, staleWhileRevalidateMs: 1000, staleIfErrorMs: 5000 }
  const store = new MemoryStore(1_000_000, clock)
  const { events, told } = heard('refresh')
  const stack = compose(
    [
      cache(limits, { store, clock, events }),
      deadline(),
      coalesceAnswer,
      new Coalesce(true).policy,
      fill(store, keepMsOf(limits)),
      timeout(timeoutMs, 'call', clock),
    ],
    bench.source,
  )
  const ask = (id: string) => {
    const call = bench.call(id, { context: context() })
    return { call, ended: stack(call) }
  }
  return { ask, told }
}

test('a follower outlives its leader, within the timeout that began with the leader', async (t, bench) => {
  const { ask } = cached(bench, 1000)
  const leader = ask('leader')
  await bench.clock.advance(100)
  leader.call.cancel.cancel('batch')
  t.match(await leader.ended, { failure: { code: 'deadline_exceeded' } })
  const follower = ask('follower')
  await bench.clock.advance(899)
  t.equal(bench.reached.length, 1)
  t.equal(bench.reached[0]?.cancel.reason, null)
  await bench.clock.advance(1)
  t.match(await follower.ended, { failure: { code: 'http_response_timeout', message: /within 1000 ms/ } })
})

test('a shorter deadline of the answer does not shorten the shared call, which has the timeout of the source', async (t, bench) => {
  const { ask } = cached(bench, 3000)
  const { call, ended } = ask('a')
  await bench.clock.advance(0)
  t.strictSame(bench.reached[0]?.deadline, { at: 4000, cause: 'call', spanMs: 3000 })
  await bench.clock.advance(2000)
  call.cancel.cancel('batch')
  t.match(await ended, { failure: { code: 'deadline_exceeded' } })
  await bench.clock.advance(500)
  bench.end(0)
  await bench.clock.advance(0)
  t.match(await ask('b').ended, { from: 'cache', failure: null }, 'a late answer fills the cache')
  t.equal(bench.reached.length, 1)
})

test('when all clients have disconnected, the shared call and its attempt are cancelled', async (t, bench) => {
  const { ask } = cached(bench, 1000)
  const asked = [ask('a'), ask('b')]
  await bench.clock.advance(10)
  for (const { call } of asked) call.cancel.cancel('client')
  t.equal(bench.reached[0]?.cancel.reason, 'client')
  for (const { ended } of asked) t.match(await ended, { failure: { code: 'cancelled' } })
  await bench.clock.advance(0)
  t.equal(bench.clock.pending, 0, 'its timeout is not waited for')
})

test('a refresh that times out keeps the stale value, which then replaces failures', async (t, bench) => {
  const { ask, told } = cached(bench, 300)
  const first = ask('a')
  await bench.clock.advance(0)
  bench.end(0)
  await first.ended
  await bench.clock.advance(1500)
  const stale = ask('b')
  t.match(await stale.ended, { from: 'stale', failure: null })
  stale.call.cancel.cancel('client')
  await bench.clock.advance(299)
  t.strictSame(told, [])
  await bench.clock.advance(1)
  t.match(told, [{ outcome: { failure: { code: 'http_response_timeout' } } }])
  await bench.clock.advance(700)
  const last = ask('c')
  await bench.clock.advance(0)
  bench.end(2, status(503, 60_000))
  const outcome = await last.ended
  t.equal(text(outcome), '{"a":1}')
  t.match(outcome, { from: 'stale', ageMs: 2500, upstreamStatus: 503, failure: { retryAfterMs: 60_000 } })
})

test('a live call during a refresh joins it', async (t, bench) => {
  const { ask, told } = cached(bench, 1500)
  const first = ask('a')
  await bench.clock.advance(0)
  bench.end(0)
  await first.ended
  await bench.clock.advance(1900)
  t.match(await ask('b').ended, { from: 'stale', failure: null })
  await bench.clock.advance(200)
  const live = ask('c')
  await bench.clock.advance(0)
  t.equal(bench.reached.length, 2)
  bench.end(1, OTHER)
  t.strictSame(await live.ended, { ...OTHER, freshForMs: 1000 })
  t.match(told, [{ outcome: OTHER }])
  t.equal(live.call.record.effort.attempts, 1)
})

test('a stale value replaces a call that the deadline cuts off', async (t, bench) => {
  const { ask } = cached(bench, 5000)
  const first = ask('a')
  await bench.clock.advance(0)
  bench.end(0)
  await first.ended
  await bench.clock.advance(2500)
  const { call, ended } = ask('b')
  await bench.clock.advance(100)
  call.cancel.cancel('batch')
  const outcome = await ended
  t.equal(text(outcome), '{"a":1}')
  t.match(outcome, { from: 'stale', failure: { code: 'deadline_exceeded' } })
  bench.end(1)
})
