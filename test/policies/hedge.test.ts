import { failure } from '../../src/core/failure.ts'
import { cutShort, failed, live, type Outcome } from '../../src/core/outcome.ts'
import { type HedgeDependencies, hedge } from '../../src/policies/hedge.ts'
import { Budget } from '../../src/policies/parts/budget.ts'
import { fixedDelay, type HedgeDelay, LearnedDelay } from '../../src/policies/parts/hedge-delay.ts'
import { type Bench, DATA, failing, status, test } from './bench.ts'

const OTHER = live(Buffer.from('{"b":2}'), 200)
const REFUSED = failing('connection_refused')

/** A hedge after 80 ms, without limits. */
function hedging({ clock }: Bench, over: Partial<HedgeDependencies> = {}) {
  return hedge({ delay: fixedDelay(80), budget: null, clock, ...over })
}

/** A delay of 80 ms that records what it learns. */
function learning(): HedgeDelay & { readonly learned: number[] } {
  const learned: number[] = []
  return { ...fixedDelay(80), learned, learn: (ms) => learned.push(ms) }
}

const kinds = ({ reached }: Bench) => reached.map(({ kind }) => kind)
const reasons = ({ reached }: Bench) => reached.map(({ cancel }) => cancel.reason)

test('a second attempt is made after the delay, and no third', async (t, bench) => {
  const call = bench.call()
  const ended = hedging(bench)(bench.source)(call)
  await bench.clock.advance(79)
  t.strictSame(kinds(bench), ['first'])
  t.equal(call.record.effort.hedged, false)
  await bench.clock.advance(1)
  t.strictSame(kinds(bench), ['first', 'hedge'])
  t.equal(call.record.effort.hedged, true)
  await bench.clock.advance(1000)
  t.equal(bench.reached.length, 2)
  t.equal(bench.reached[1]?.request, call.request)
  t.equal(bench.reached[1]?.deadline, call.deadline)
  t.equal(bench.reached[1]?.record, call.record)
  bench.end(1)
  await ended
})

test('a call that ends before the delay is not hedged', async (t, bench) => {
  const call = bench.call()
  const ended = hedging(bench)(bench.source)(call)
  await bench.clock.advance(79)
  bench.end(0)
  t.equal(await ended, DATA)
  t.equal(bench.clock.pending, 0)
  await bench.clock.advance(1000)
  t.equal(bench.reached.length, 1)
  t.equal(call.record.effort.hedged, false)
})

for (const [winner, loser] of [
  [0, 1],
  [1, 0],
] as const) {
  test(`the first success (attempt ${winner}) wins, and the other attempt is cancelled at once`, async (t, bench) => {
    const call = bench.call()
    const ended = hedging(bench)(bench.source)(call)
    await bench.clock.advance(80)
    bench.end(winner, OTHER)
    t.equal(await ended, OTHER)
    t.equal(bench.reached[loser]?.cancel.reason, 'superseded')
    t.equal(bench.reached[winner]?.cancel.reason, null)
    t.equal(call.cancel.reason, null)
  })
}

test('the race does not wait for the loser, and its later outcome changes nothing', async (t, bench) => {
  const ended = hedging(bench)(bench.deaf)(bench.call())
  await bench.clock.advance(80)
  bench.end(1, OTHER)
  t.equal(await ended, OTHER)
  bench.end(0, DATA)
  await bench.clock.advance(1)
  t.equal(await ended, OTHER)
})

for (const order of [
  [0, 1],
  [1, 0],
] as const) {
  test(`if both fail (${order[0] === 0 ? 'the hedge' : 'the first'} last), the outcome is that of the first attempt`, async (t, bench) => {
    const ended = hedging(bench)(bench.source)(bench.call())
    await bench.clock.advance(80)
    const outcomes = [REFUSED, failing('connection_terminated')] as const
    bench.end(order[0], outcomes[order[0]])
    await bench.clock.advance(10)
    t.strictSame(reasons(bench), [null, null], 'one that fails leaves the other alone')
    bench.end(order[1], outcomes[order[1]])
    t.equal(await ended, outcomes[0])
  })

  test(`a failure does not end the race while ${order[0] === 0 ? 'the hedge' : 'the first attempt'} may still succeed`, async (t, bench) => {
    const ended = hedging(bench)(bench.source)(bench.call())
    await bench.clock.advance(80)
    bench.end(order[0], REFUSED)
    await bench.clock.advance(10)
    bench.end(order[1], OTHER)
    t.equal(await ended, OTHER)
  })
}

for (const outcome of [REFUSED, status(503), failing('internal_error'), failing('destination_unavailable')]) {
  test(`a first attempt that fails before the delay ends the call at once: ${outcome.failure?.code}`, async (t, bench) => {
    const ended = hedging(bench)(bench.source)(bench.call())
    await bench.clock.advance(40)
    bench.end(0, outcome)
    t.equal(await ended, outcome)
    t.equal(bench.clock.pending, 0)
  })
}

for (const [name, outcome, final] of [
  ['404', status(404), false],
  ['an empty answer', live(null, 204), true],
  ['429 without Retry-After', status(429), false],
  ['a body that was cut off', { ...failing('http_response_incomplete'), upstreamStatus: 200 }, false],
  ['500', status(500), false],
  ['501', status(501), false],
  ['429 with Retry-After', status(429, 10), false],
  ['503', status(503), false],
  ['502', status(502), false],
  ['a bad certificate', failing('tls_certificate_error'), false],
] as const) {
  test(`${name} ${final ? 'wins' : 'does not win, and the other attempt may still succeed'}`, async (t, bench) => {
    const ended = hedging(bench)(bench.source)(bench.call())
    await bench.clock.advance(80)
    bench.end(1, outcome)
    await bench.clock.advance(0)
    t.equal(bench.reached[0]?.cancel.reason, final ? 'superseded' : null)
    bench.end(0)
    t.equal(await ended, final ? outcome : DATA)
  })
}

for (const code of ['connection_limit_reached', 'destination_unavailable'] as const) {
  test(`a hedge that was refused (${code}) does not end the call`, async (t, bench) => {
    const ended = hedging(bench)(bench.source)(bench.call())
    await bench.clock.advance(80)
    bench.end(1, failing(code))
    await bench.clock.advance(10)
    t.equal(bench.reached[0]?.cancel.reason, null)
    bench.end(0)
    t.equal(await ended, DATA)
  })
}

for (const [reason, code] of [
  ['client', 'cancelled'],
  ['batch', 'deadline_exceeded'],
  ['call', 'http_response_timeout'],
] as const) {
  test(`cancelled with ${reason}, both attempts end: ${code}`, async (t, bench) => {
    const call = bench.call()
    const ended = hedging(bench)(bench.source)(call)
    await bench.clock.advance(80)
    call.cancel.cancel(reason)
    t.strictSame(reasons(bench), [reason, reason])
    t.match(await ended, { failure: { code } })
  })

  test(`cancelled with ${reason} before the delay, there is no hedge`, async (t, bench) => {
    const call = bench.call()
    const ended = hedging(bench)(bench.deaf)(call)
    call.cancel.cancel(reason)
    await bench.clock.advance(200)
    t.equal(bench.reached.length, 1)
    bench.end(0, cutShort(call, reason))
    t.match(await ended, { failure: { code } })
  })
}

test('with an empty budget there is no hedge; else each hedge takes one', async (t, bench) => {
  const budget = new Budget({ ratio: 0, minPerSecond: 0.1 }, bench.clock)
  const stack = hedging(bench, { budget })(bench.source)
  const first = stack(bench.call())
  await bench.clock.advance(80)
  t.equal(budget.balance, 0)
  const poor = bench.call()
  const second = stack(poor)
  await bench.clock.advance(200)
  t.strictSame(kinds(bench), ['first', 'hedge', 'first'])
  t.equal(poor.record.effort.hedged, false)
  bench.end(0)
  bench.end(2)
  await Promise.all([first, second])
})

test('a call that is not hedged takes nothing from the budget', async (t, bench) => {
  const budget = new Budget({ ratio: 0, minPerSecond: 1 }, bench.clock)
  await hedging(bench, { budget })(bench.script(DATA))(bench.call())
  t.equal(budget.balance, 10)
})

test('a hedge that the delay does not allow takes nothing from the budget, and the reverse', async (t, bench) => {
  const takes: string[] = []
  const refusing: HedgeDelay = {
    ...fixedDelay(80),
    take: () => {
      takes.push('asked')
      return false
    },
  }
  const budget = new Budget({ ratio: 0, minPerSecond: 0.1 }, bench.clock)
  const stack = hedging(bench, { delay: refusing, budget })(bench.source)
  const first = stack(bench.call())
  await bench.clock.advance(80)
  t.strictSame(takes, ['asked'])
  t.equal(budget.take(), true)
  const second = stack(bench.call())
  await bench.clock.advance(80)
  t.strictSame(takes, ['asked'], 'not asked where the budget does not pay')
  t.strictSame(kinds(bench), ['first', 'first'])
  for (const place of [0, 1]) bench.end(place)
  await Promise.all([first, second])
})

test('a retry keeps its kind beside its hedge', async (t, bench) => {
  const ended = hedging(bench)(bench.source)(bench.call('weather', { kind: 'retry' }))
  await bench.clock.advance(80)
  t.strictSame(kinds(bench), ['retry', 'hedge'])
  bench.end(0)
  await ended
})

const took = (outcome: Outcome, attemptMs: number): Outcome => ({ ...outcome, attemptMs })
for (const [name, outcome, learned] of [
  ['a success', took(DATA, 40), [40]],
  ["an attempt's timeout", took(failing('http_response_timeout'), 500), [500]],
  ['a deadline', took(failing('deadline_exceeded'), 300), [300]],
  ['a refused connection', took(REFUSED, 3), []],
  ['a 503', took(status(503), 3), []],
  ['a success without an attempt', took(DATA, 0), []],
  ['a full queue', failing('connection_limit_reached'), []],
] as const) {
  test(`from ${name} the delay learns ${learned.length === 0 ? 'nothing' : `${learned} ms`}`, async (t, bench) => {
    const delay = learning()
    await hedging(bench, { delay })(bench.script(outcome))(bench.call())
    t.strictSame(delay.learned, learned)
  })
}

test('the delay learns the time of the loser up to its end, and the duration of the hedge', async (t, bench) => {
  const delay = learning()
  const ended = hedging(bench, { delay })(bench.deaf)(bench.call())
  await bench.clock.advance(80)
  bench.end(1, took(DATA, 20))
  await ended
  bench.end(0, took(failed(failure('cancelled', 'another attempt was faster')), 100))
  await bench.clock.advance(0)
  t.strictSame(delay.learned, [20, 100])
})

test('the delay learns nothing from an attempt whose client disconnected', async (t, bench) => {
  const delay = learning()
  const call = bench.call()
  const ended = hedging(bench, { delay })(bench.deaf)(call)
  call.cancel.cancel('client')
  bench.end(0, took(cutShort(call, 'client'), 30))
  await ended
  t.strictSame(delay.learned, [])
})

test('there is no hedge until the delay has enough samples; then the learned delay is used', async (t, bench) => {
  const delay = new LearnedDelay(0.05, bench.clock)
  const quick = hedging(bench, { delay })(bench.script(took(DATA, 100)))
  for (let i = 0; i < 99; i += 1) await quick(bench.call())
  const slow = hedging(bench, { delay })(bench.source)
  const unhedged = slow(bench.call())
  await bench.clock.advance(1000)
  t.strictSame(new Set(kinds(bench)), new Set(['first']))
  bench.end(99, took(DATA, 1000))
  t.equal(bench.clock.pending, 0)
  await unhedged
  const hedged = slow(bench.call())
  await bench.clock.advance(98)
  t.equal(bench.reached.length, 101)
  await bench.clock.advance(3)
  t.equal(bench.reached[101]?.kind, 'hedge')
  bench.end(101)
  await hedged
})

for (const [kind, place] of [
  ['first', 0],
  ['hedge', 1],
] as const) {
  test(`an exception below the ${kind} attempt is rethrown, and ends the race`, async (t, bench) => {
    const broken = hedging(bench)(async (call) => {
      const outcome = await bench.source(call)
      if (call.kind === kind) throw new Error('a bug')
      return outcome
    })
    const rejected = t.rejects(broken(bench.call()), { message: 'a bug' })
    await bench.clock.advance(80)
    bench.end(place)
    await rejected
    t.equal(bench.reached[1 - place]?.cancel.reason, 'superseded')
  })
}
