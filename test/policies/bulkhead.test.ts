import type { Call } from '../../src/core/call.ts'
import type { Deadline } from '../../src/core/deadline.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { Bulkhead } from '../../src/policies/bulkhead.ts'
import { timeout } from '../../src/policies/timeout.ts'
import { type Bench, DATA, failing, test } from './bench.ts'

/** One slot, a queue of the given length, and a source that answers on request. */
function onePlace(bench: Bench, maxQueue: number) {
  const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueue }, bench.clock)
  return { bulkhead, stack: bulkhead.policy(bench.source) }
}

const within = (ms: number): { deadline: Deadline } => ({ deadline: { at: 1000 + ms, cause: 'call', spanMs: ms } })
const ids = (calls: readonly Call[]) => calls.map(({ id }) => id)
const held = ({ inFlight, queued }: Bulkhead) => [inFlight, queued]

test('runs calls at once while a slot is free', async (t, bench) => {
  const bulkhead = new Bulkhead({ maxInFlight: 2, maxQueue: 1 }, bench.clock)
  const stack = bulkhead.policy(bench.source)
  const ended = [stack(bench.call('a')), stack(bench.call('b')), stack(bench.call('c'))]
  t.strictSame(ids(bench.reached), ['a', 'b'])
  t.strictSame(held(bulkhead), [2, 1])
  for (const place of [0, 1]) bench.end(place)
  await Promise.all(ended.slice(0, 2))
  t.strictSame(held(bulkhead), [1, 0])
  bench.end(2)
  t.strictSame(await Promise.all(ended), [DATA, DATA, DATA])
  t.strictSame(held(bulkhead), [0, 0])
})

test('without a limit, no call waits', async (t, bench) => {
  const bulkhead = new Bulkhead({ maxInFlight: Number.POSITIVE_INFINITY, maxQueue: 0 }, bench.clock)
  const ended = Array.from({ length: 1000 }, () => bulkhead.policy(bench.source)(bench.call()))
  t.equal(bench.reached.length, 1000)
  for (const place of ended.keys()) bench.end(place)
  await Promise.all(ended)
  t.strictSame(held(bulkhead), [0, 0])
})

test('waiters are served first come, first served, and a new call does not overtake them', async (t, bench) => {
  const { bulkhead, stack } = onePlace(bench, 3)
  const ended = ['a', 'b', 'c'].map((id) => stack(bench.call(id)))
  bench.end(0)
  await ended[0]
  ended.push(stack(bench.call('d')))
  for (const place of [1, 2, 3]) {
    t.equal(bulkhead.inFlight, 1)
    bench.end(place)
    await ended[place]
  }
  t.strictSame(ids(bench.reached), ['a', 'b', 'c', 'd'])
  t.strictSame(held(bulkhead), [0, 0])
})

test('a full queue refuses at once', async (t, bench) => {
  const { bulkhead, stack } = onePlace(bench, 1)
  const ended = [stack(bench.call('a')), stack(bench.call('b'))]
  const refused = await stack(bench.call('c'))
  t.match(refused, { body: null, failure: { code: 'connection_limit_reached', class: 'limit', retryable: true } })
  t.match(refused.failure?.message, /weather has reached its limit of 1 calls in flight and 1 waiting/)
  t.strictSame(held(bulkhead), [1, 1], 'the refused one took nothing')
  bench.end(0)
  await ended[0]
  bench.end(1)
  await ended[1]
  t.strictSame(ids(bench.reached), ['a', 'b'])
})

test('a waiter that reaches its own timeout fails with connection_limit_reached, because the source was not slow', async (t, bench) => {
  const { bulkhead, stack } = onePlace(bench, 2)
  const timed = (ms: number, id: string) => timeout(ms, 'call', bench.clock)(stack)(bench.call(id))
  const [first, second, third] = [timed(1000, 'a'), timed(300, 'b'), timed(500, 'c')]
  await bench.clock.advance(299)
  t.equal(bulkhead.queued, 2)
  await bench.clock.advance(1)
  t.match(await second, { failure: { code: 'connection_limit_reached', class: 'limit' } })
  t.match(
    (await second).failure?.message,
    /weather was not called: its limit of 1 calls in flight was reached for 300 ms/,
  )
  t.strictSame(held(bulkhead), [1, 1])
  bench.end(0)
  await first
  bench.end(1)
  t.equal(await third, DATA)
  t.strictSame(ids(bench.reached), ['a', 'c'], 'who left is not called later')
})

for (const [reason, code] of [
  ['batch', 'deadline_exceeded'],
  ['client', 'cancelled'],
] as const) {
  for (const [cause, over] of Object.entries({ "an answer's deadline": {}, 'a timeout': within(500) })) {
    test(`a waiter with deadline ${cause} leaves at once when cancelled with ${reason}: ${code}`, async (t, bench) => {
      const { bulkhead, stack } = onePlace(bench, 1)
      const first = stack(bench.call('a'))
      const waiting = bench.call('b', over)
      const second = stack(waiting)
      waiting.cancel.cancel(reason)
      t.match(await second, { body: null, failure: { code } })
      t.strictSame(held(bulkhead), [1, 0])
      bench.end(0)
      await first
      t.strictSame(ids(bench.reached), ['a'])
    })
  }
}

test('a waiter sets no timer: the timeout and the deadline have their own', async (t, bench) => {
  const { stack } = onePlace(bench, 1)
  const ended = [stack(bench.call('a')), stack(bench.call('b', within(500)))]
  t.equal(bench.clock.pending, 0)
  bench.end(0)
  await ended[0]
  bench.end(1)
  await ended[1]
})

for (const [leftMs, reached] of [
  [4, ['a', 'c']],
  [5, ['a', 'b', 'c']],
] as const) {
  test(`a slot that becomes free ${leftMs} ms before a deadline goes to ${reached[1]}`, async (t, bench) => {
    const { bulkhead, stack } = onePlace(bench, 2)
    const first = stack(bench.call('a'))
    const second = stack(bench.call('b', within(300)))
    const third = stack(bench.call('c'))
    await bench.clock.advance(300 - leftMs)
    bench.end(0)
    await first
    await bench.clock.advance(0)
    if (leftMs < 5) t.match(await second, { failure: { code: 'connection_limit_reached' } })
    else bench.end(1)
    await second
    await bench.clock.advance(0)
    bench.end(reached.length - 1)
    await third
    t.strictSame(ids(bench.reached), reached)
    t.strictSame(held(bulkhead), [0, 0])
  })
}

test("a slot that becomes free too late for the answer's deadline causes deadline_exceeded", async (t, bench) => {
  const { bulkhead, stack } = onePlace(bench, 2)
  const ended = ['a', 'b', 'c'].map((id) => stack(bench.call(id)))
  await bench.clock.advance(1996)
  bench.end(0)
  for (const late of ended.slice(1)) t.match(await late, { failure: { code: 'deadline_exceeded' } })
  t.strictSame(ids(bench.reached), ['a'])
  t.strictSame(held(bulkhead), [0, 0])
})

test('a hedge takes a free slot, and never waits for one', async (t, bench) => {
  const bulkhead = new Bulkhead({ maxInFlight: 2, maxQueue: 5 }, bench.clock)
  const stack = bulkhead.policy(bench.source)
  const ended = [stack(bench.call('a')), stack(bench.call('b', { kind: 'hedge' }))]
  t.strictSame(held(bulkhead), [2, 0])
  t.match(await stack(bench.call('c', { kind: 'hedge' })), { failure: { code: 'connection_limit_reached' } })
  t.strictSame(held(bulkhead), [2, 0])
  const waiting = stack(bench.call('d', { kind: 'retry' }))
  t.strictSame(held(bulkhead), [2, 1], 'a retry may wait')
  for (const place of [0, 1]) bench.end(place)
  await Promise.all(ended)
  bench.end(2)
  t.equal(await waiting, DATA)
  t.strictSame(ids(bench.reached), ['a', 'b', 'd'])
})

test('a waiter that is superseded by another attempt leaves at once', async (t, bench) => {
  const { bulkhead, stack } = onePlace(bench, 1)
  const first = stack(bench.call('a'))
  const waiting = bench.call('b')
  const second = stack(waiting)
  waiting.cancel.cancel('superseded')
  t.match(await second, { failure: { code: 'cancelled' } })
  t.strictSame(held(bulkhead), [1, 0])
  bench.end(0)
  await first
})

test('if all waiters leave at the same instant, the slot is released once', async (t, bench) => {
  const { bulkhead, stack } = onePlace(bench, 3)
  const first = stack(bench.call('a'))
  const call = bench.call('b')
  const waiting = [stack(call), stack(call), stack(call)]
  call.cancel.cancel('client')
  for (const outcome of await Promise.all(waiting)) t.match(outcome, { failure: { code: 'cancelled' } })
  t.strictSame(held(bulkhead), [1, 0])
  bench.end(0)
  await first
  t.strictSame(held(bulkhead), [0, 0])
})

test('a call that is already cancelled takes no slot and does not wait', async (t, bench) => {
  const { bulkhead, stack } = onePlace(bench, 1)
  const first = stack(bench.call('a'))
  const gone = bench.call('b', within(500))
  gone.cancel.cancel('client')
  t.match(await stack(gone), { failure: { code: 'cancelled' } })
  t.strictSame(held(bulkhead), [1, 0])
  bench.end(0)
  await first
  t.match(await stack(gone), { failure: { code: 'cancelled' } })
  t.strictSame(ids(bench.reached), ['a'])
})

const ways: Record<string, (bench: Bench, call: Call) => void> = {
  'with data': (bench) => bench.end(0),
  'as a failure': (bench) => bench.end(0, failing('connection_refused')),
  'cancelled by the client': (_, call) => call.cancel.cancel('client'),
  'cancelled at the deadline': (_, call) => call.cancel.cancel('batch'),
}
for (const [way, end] of Object.entries(ways)) {
  test(`a call that ends ${way} passes its slot to the next waiter`, async (t, bench) => {
    const { bulkhead, stack } = onePlace(bench, 1)
    const call = bench.call('a')
    const first = stack(call)
    const second = stack(bench.call('b'))
    end(bench, call)
    await first
    t.strictSame(ids(bench.reached), ['a', 'b'])
    bench.end(1)
    await second
    t.strictSame(held(bulkhead), [0, 0])
  })
}

test('an exception below releases the slot', async (t, bench) => {
  const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueue: 1 }, bench.clock)
  const bugs = [Promise.reject<Outcome>(new Error('a bug')), Promise.resolve(DATA)]
  const stack = bulkhead.policy(() => bugs.shift() as Promise<Outcome>)
  const [first, second] = [stack(bench.call('a')), stack(bench.call('b'))]
  await t.rejects(first, { message: 'a bug' })
  t.equal(await second, DATA)
  t.strictSame(held(bulkhead), [0, 0])
})

test('a slot goes to the first waiter with as much time left as attempts usually take', async (t, bench) => {
  const { stack } = onePlace(bench, 5)
  const took = (attemptMs: number): Outcome => ({ ...DATA, attemptMs })
  // a source that takes 200 ms, called often enough to set the mean
  for (let place = 0; place < 30; place += 1) {
    const ended = stack(bench.call())
    bench.end(place, took(200))
    await ended
  }
  const first = stack(bench.call('first'))
  const late = stack(bench.call('late', within(250)))
  const early = stack(bench.call('early', within(900)))
  await bench.clock.advance(100)
  bench.end(30, took(200))
  await first
  t.match(await late, { failure: { code: 'connection_limit_reached' } })
  t.strictSame(ids(bench.reached).slice(-1), ['early'])
  bench.end(31)
  t.equal(await early, DATA)
})
