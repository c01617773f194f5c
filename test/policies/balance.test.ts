import { compose, type Policy } from '../../src/core/call.ts'
import { balance, balanceGate } from '../../src/policies/balance.ts'
import { hedge } from '../../src/policies/hedge.ts'
import { BreakerState } from '../../src/policies/parts/breaker-state.ts'
import { fixedDelay } from '../../src/policies/parts/hedge-delay.ts'
import { Origins, type OriginsOptions } from '../../src/policies/parts/origins.ts'
import { retry } from '../../src/policies/retry.ts'
import { type Bench, DATA, failing, status, test } from './bench.ts'

const LIMITS = { windowMs: 10_000, minCalls: 2, failureRate: 0.5, openForMs: 5000, slowAfterMs: null, slowRate: 1 }

/** A source with several origins, whose breakers open after two failures. */
function setUp({ clock }: Bench, over: Partial<OriginsOptions> = {}, count = 2) {
  const breakers = Array.from(
    { length: count },
    () => new BreakerState(LIMITS, { clock, random: () => 0.5, onChange: () => {} }),
  )
  const origins = new Origins({ balance: 'roundRobin', breakers, random: () => 0, ...over })
  const retrying = retry(
    { attempts: 5, baseDelayMs: 100, maxDelayMs: 100, minTimeMs: 0 },
    { budget: null, clock, random: () => 1 },
  )
  const hedging = hedge({ delay: fixedDelay(80), budget: null, clock })
  return { origins, policy: balance(origins, null), gate: balanceGate(origins, null), retrying, hedging }
}

const reachedAt = ({ reached }: Bench) => reached.map(({ destination }) => destination?.origin)
const REFUSED = failing('connection_refused')

test('attempts take turns, and each has the permit of its origin', async (t, bench) => {
  const { policy } = setUp(bench)
  const stack = policy(bench.script(DATA))
  for (let call = 0; call < 1000; call += 1) t.equal(await stack(bench.call()), DATA)
  const reached = reachedAt(bench)
  t.same(
    [0, 1].map((origin) => reached.filter((one) => one === origin).length),
    [500, 500],
  )
  t.type(bench.reached[0]?.destination?.permit, 'number')
  t.equal(bench.reached[0]?.permit, undefined)
})

test('a retry goes to another origin, after its backoff; then it is the turn of the first one again', async (t, bench) => {
  const { policy, retrying } = setUp(bench)
  const ended = compose([retrying, policy], bench.script(REFUSED, REFUSED, DATA))(bench.call())
  await bench.clock.advance(199)
  t.same(reachedAt(bench), [0, 1])
  await bench.clock.advance(1)
  t.same(reachedAt(bench), [0, 1, 0])
  t.same(
    bench.reachedAt.map((at) => at - 1000),
    [0, 100, 200],
  )
  t.equal(await ended, DATA)
})

test('a hedge goes to another origin', async (t, bench) => {
  const { policy, hedging } = setUp(bench, { balance: 'failover' })
  const ended = compose([hedging, policy], bench.source)(bench.call())
  await bench.clock.advance(80)
  t.same(reachedAt(bench), [0, 1])
  bench.end(1)
  t.equal(await ended, DATA)
})

test('with retries and hedges, all origins are asked before one is asked again', async (t, bench) => {
  const { policy, retrying, hedging } = setUp(bench, { balance: 'failover' }, 3)
  const ended = compose([retrying, hedging, policy], bench.source)(bench.call())
  await bench.clock.advance(80)
  bench.end(0, REFUSED)
  bench.end(1, REFUSED)
  await bench.clock.advance(180)
  t.same(reachedAt(bench), [0, 1, 2, 0])
  bench.end(3)
  t.equal(await ended, DATA)
})

test('another call has not asked what this one has', async (t, bench) => {
  const { policy, retrying } = setUp(bench, { balance: 'failover' })
  const stack = compose([retrying, policy], bench.script(REFUSED, DATA))
  const ended = stack(bench.call())
  await bench.clock.advance(100)
  await ended
  await stack(bench.call())
  t.same(reachedAt(bench), [0, 1, 0])
})

test('each origin has a breaker of its own, and the call fails only if all are open', async (t, bench) => {
  const { origins, policy } = setUp(bench)
  const stack = policy(async (call) => {
    await bench.script(DATA)(call)
    return call.destination?.origin === 0 ? status(503) : DATA
  })
  for (let call = 0; call < 4; call += 1) await stack(bench.call())
  t.same(origins.statuses, ['open', 'closed'])
  for (let call = 0; call < 4; call += 1) t.equal(await stack(bench.call()), DATA)
  t.same(reachedAt(bench), [0, 1, 0, 1, 1, 1, 1, 1])
  await bench.clock.advance(1000)
  const bad = policy(bench.script(status(500)))
  for (let call = 0; call < 6; call += 1) await bad(bench.call())
  t.same(origins.statuses, ['open', 'open'])
  const before = bench.reached.length
  const refused = await stack(bench.call())
  t.match(refused, { attemptMs: 0, failure: { code: 'destination_unavailable', retryAfterMs: 4000 } })
  t.equal(bench.reached.length, before, 'nothing was asked')
})

test('an attempt that our limits refused has not asked its origin', async (t, bench) => {
  const { policy, retrying } = setUp(bench, { balance: 'failover' }, 3)
  const call = bench.call()
  const refusal = failing('connection_limit_reached')
  t.equal(await policy(bench.script(refusal))(call), refusal)
  const ended = compose([retrying, policy], bench.script(REFUSED, DATA))(call)
  await bench.clock.advance(100)
  await ended
  t.same(reachedAt(bench), [0, 0, 1])
})

test('an attempt that waited while the breaker of its origin opened goes to another one', async (t, bench) => {
  const { origins, policy, gate } = setUp(bench, { balance: 'failover' })
  let enter = () => {}
  const queue: Policy = (next) => async (call) => {
    await new Promise<void>((resolve) => {
      enter = resolve
    })
    return next(call)
  }
  const stack = compose([policy, queue, gate], bench.script(status(500)))
  const call = bench.call()
  const waiting = stack(call)
  const bad = policy(bench.script(REFUSED))
  for (let i = 0; i < 2; i += 1) await bad(bench.call())
  t.same(origins.statuses, ['open', 'closed'])
  enter()
  t.match(await waiting, { failure: { code: 'upstream_status' } })
  t.same(reachedAt(bench), [0, 0, 1])
  t.same(
    call.record.effort.destinations?.map(({ origin }) => origin),
    [1],
    'the first one was not asked',
  )
  // its result counts for the second one, and only there
  await compose([policy, gate], bench.script(status(500)))(bench.call())
  t.same(origins.statuses, ['open', 'open'])
  const late = compose([policy, queue, gate], bench.script(DATA))(bench.call())
  t.match(await late, { failure: { code: 'destination_unavailable' } })
})

test('an attempt that waited until all breakers were open is not made', async (t, bench) => {
  const { policy, gate } = setUp(bench)
  let enter = () => {}
  const queue: Policy = (next) => async (call) => {
    await new Promise<void>((resolve) => {
      enter = resolve
    })
    return next(call)
  }
  const call = bench.call()
  const waiting = compose([policy, queue, gate], bench.script(DATA))(call)
  const bad = policy(bench.script(REFUSED))
  for (let i = 0; i < 4; i += 1) await bad(bench.call())
  enter()
  t.match(await waiting, { failure: { code: 'destination_unavailable', retryAfterMs: 5000 } })
  t.same([bench.reached.length, call.record.effort.destinations], [4, []])
})

test('the gate lets through what it has nothing to say about', async (t, bench) => {
  const { gate } = setUp(bench)
  t.equal(await gate(bench.script(DATA))(bench.call()), DATA)
})

test('without breakers, origins take turns and nothing is refused', async (t, bench) => {
  const { policy, gate } = setUp(bench, { breakers: [null, null] })
  const stack = compose([policy, gate], bench.script(REFUSED))
  for (let call = 0; call < 20; call += 1) t.equal(await stack(bench.call()), REFUSED)
  t.same(reachedAt(bench).slice(0, 4), [0, 1, 0, 1])
})

test('slow attempts and cancelled ones count as for a source with one origin', async (t, bench) => {
  const { origins } = setUp(bench)
  const slow = balance(
    new Origins({
      balance: 'failover',
      random: () => 0,
      breakers: [
        new BreakerState({ ...LIMITS, slowAfterMs: 100 }, { clock: bench.clock, random: () => 0, onChange: () => {} }),
      ],
    }),
    100,
  )
  for (let call = 0; call < 2; call += 1) await slow(bench.script({ ...DATA, attemptMs: 101 }))(bench.call())
  t.match(await slow(bench.script(DATA))(bench.call()), { failure: { code: 'destination_unavailable' } })
  const call = bench.call()
  const ended = balance(origins, null)(bench.source)(call)
  call.cancel.cancel('client')
  t.match(await ended, { failure: { code: 'cancelled' } })
  t.same(origins.statuses, ['closed', 'closed'])
})

test('an exception below is not counted, returns the permit, and is rethrown', async (t, bench) => {
  const { origins, policy } = setUp(bench)
  for (let i = 0; i < 4; i += 1)
    await t.rejects(policy(() => Promise.reject(new Error('a bug')))(bench.call()), { message: 'a bug' })
  t.same(origins.statuses, ['closed', 'closed'])
})
