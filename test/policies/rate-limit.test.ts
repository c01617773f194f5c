import type { Call } from '../../src/core/call.ts'
import type { Deadline } from '../../src/core/deadline.ts'
import { RateLimit } from '../../src/policies/rate-limit.ts'
import { timeout } from '../../src/policies/timeout.ts'
import { type Bench, DATA, test } from './bench.ts'

/** A burst of two attempts, and one more per 100 ms. */
function setUp(bench: Bench) {
  const limit = new RateLimit({ max: 2, perMs: 200 }, bench.clock)
  return { limit, stack: limit.policy(bench.script(DATA)) }
}

const within = (ms: number): { deadline: Deadline } => ({ deadline: { at: 1000 + ms, cause: 'call', spanMs: ms } })

test('makes attempts at once while there are tokens, and further ones at the rate', async (t, bench) => {
  const { limit, stack } = setUp(bench)
  const ended = Array.from({ length: 5 }, () => stack(bench.call()))
  await bench.clock.advance(0)
  t.equal(bench.reached.length, 2)
  t.equal(limit.queued, 3)
  await bench.clock.advance(99)
  t.equal(limit.queued, 3)
  await bench.clock.advance(1000)
  t.equal(limit.queued, 0)
  for (const outcome of await Promise.all(ended)) t.equal(outcome, DATA)
  t.strictSame(
    bench.reachedAt.map((at) => at - 1000),
    [0, 0, 100, 200, 300],
  )
})

test('first come, first served', async (t, bench) => {
  const { stack } = setUp(bench)
  const ids = ['a', 'b', 'c', 'd']
  const ended = ids.map((id) => stack(bench.call(id)))
  await bench.clock.advance(150)
  ended.push(stack(bench.call('e')))
  await bench.clock.advance(1000)
  await Promise.all(ended)
  t.strictSame(
    bench.reached.map(({ id }) => id),
    [...ids, 'e'],
  )
})

test('does not touch the call', async (t, bench) => {
  const { stack } = setUp(bench)
  const call = bench.call()
  await stack(call)
  t.equal(bench.reached[0], call)
})

for (const [ms, made] of [
  [105, true],
  [104, false],
] as const) {
  test(`with ${ms} ms left and 100 ms to wait, an attempt ${made ? 'waits' : 'is refused at once, with the time to wait'}`, async (t, bench) => {
    const { limit, stack } = setUp(bench)
    await Promise.all([stack(bench.call()), stack(bench.call())])
    const ended = stack(bench.call('c', within(ms)))
    await bench.clock.advance(0)
    t.equal(limit.queued, made ? 1 : 0)
    if (made) await bench.clock.advance(100)
    const outcome = await ended
    t.equal(bench.reached.length, made ? 3 : 2)
    if (made) t.equal(outcome, DATA)
    else t.match(outcome, { failure: { code: 'connection_limit_reached', class: 'limit', retryAfterMs: 100 } })
  })
}

test('a refused attempt takes no token', async (t, bench) => {
  const { stack } = setUp(bench)
  await Promise.all([stack(bench.call()), stack(bench.call())])
  for (let i = 0; i < 10; i += 1) await stack(bench.call('refused', within(50)))
  const ended = stack(bench.call('waits'))
  await bench.clock.advance(100)
  t.equal(await ended, DATA)
})

test('a hedge takes an available token, and never waits for one', async (t, bench) => {
  const { limit, stack } = setUp(bench)
  t.equal(await stack(bench.call('a', { kind: 'hedge' })), DATA)
  await stack(bench.call('b'))
  t.match(await stack(bench.call('c', { kind: 'hedge' })), { failure: { code: 'connection_limit_reached' } })
  t.equal(limit.queued, 0)
  const retried = stack(bench.call('d', { kind: 'retry' }))
  await bench.clock.advance(100)
  t.equal(await retried, DATA, 'a retry waits as a first attempt does')
})

for (const [reason, code] of [
  ['client', 'cancelled'],
  ['batch', 'deadline_exceeded'],
  ['superseded', 'cancelled'],
  ['call', 'connection_limit_reached'],
] as const) {
  test(`a waiter cancelled with ${reason} leaves at once with ${code}, and frees its token`, async (t, bench) => {
    const { limit, stack } = setUp(bench)
    await Promise.all([stack(bench.call()), stack(bench.call())])
    const waiting = bench.call('waits')
    const ended = stack(waiting)
    await bench.clock.advance(50)
    waiting.cancel.cancel(reason)
    t.match(await ended, { body: null, failure: { code } })
    t.equal(limit.queued, 0)
    const next = stack(bench.call('next'))
    await bench.clock.advance(50)
    t.equal(await next, DATA)
    t.strictSame(
      bench.reached.slice(2).map(({ id }) => id),
      ['next'],
      'the token of the one that left',
    )
  })
}

test('a timeout while waiting does not count as a slow source', async (t, bench) => {
  const { limit } = setUp(bench)
  const stack = timeout(90, 'call', bench.clock)(limit.policy(bench.script(DATA)))
  await Promise.all([stack(bench.call()), stack(bench.call())])
  t.match(await stack(bench.call()), { failure: { code: 'connection_limit_reached' } })
})

test('a call that is already cancelled takes no token', async (t, bench) => {
  const { stack } = setUp(bench)
  const gone: Call = bench.call()
  gone.cancel.cancel('client')
  for (let i = 0; i < 5; i += 1) t.match(await stack(gone), { failure: { code: 'cancelled' } })
  t.equal(bench.reached.length, 0)
  await Promise.all([stack(bench.call()), stack(bench.call())])
  t.equal(bench.reached.length, 2)
})

test('a waiter that leaves does not change the order of the others', async (t, bench) => {
  const { stack } = setUp(bench)
  await Promise.all([stack(bench.call()), stack(bench.call())])
  const gone = bench.call('gone')
  const ended = [stack(gone), stack(bench.call('b')), stack(bench.call('c'))]
  gone.cancel.cancel('client')
  await bench.clock.advance(1000)
  await Promise.all(ended)
  t.strictSame(
    bench.reached.slice(2).map(({ id }) => id),
    ['b', 'c'],
  )
})
