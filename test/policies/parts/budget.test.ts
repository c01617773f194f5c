import { Budget } from '../../../src/policies/parts/budget.ts'
import { DATA, test } from '../bench.ts'

/** How many of the given number of takes succeed. */
const taken = (budget: Budget, times: number) =>
  Array.from({ length: times }, () => budget.take()).filter(Boolean).length
const offer = (budget: Budget, times: number) => {
  for (let i = 0; i < times; i += 1) budget.offer()
}

test('allows the extra attempts of ten seconds at once, before any call', async (t, bench) => {
  const budget = new Budget({ ratio: 0, minPerSecond: 3 }, bench.clock)
  t.equal(budget.balance, 30)
  t.equal(taken(budget, 100), 30)
  t.equal(budget.balance, 0)
})

for (const [calls, balance] of [
  [4, 0],
  [5, 1],
  [9, 1],
  [10, 2],
  [15, 3],
  [1000, 200],
] as const) {
  test(`allows ${balance} extra attempts after ${calls} calls at a ratio of 0.2`, async (t, bench) => {
    const budget = new Budget({ ratio: 0.2, minPerSecond: 0 }, bench.clock)
    offer(budget, calls)
    t.equal(budget.balance, balance)
    t.equal(taken(budget, 1000), balance)
  })
}

test('does not lose an attempt through floating-point error', async (t, bench) => {
  t.ok(0.29 * 100 < 29, 'they are')
  const budget = new Budget({ ratio: 0.29, minPerSecond: 0 }, bench.clock)
  offer(budget, 100)
  t.equal(budget.balance, 29)
})

test('the share of the calls is added to the rate', async (t, bench) => {
  const budget = new Budget({ ratio: 0.2, minPerSecond: 3 }, bench.clock)
  offer(budget, 10)
  t.equal(budget.balance, 32)
})

test('without ratio and rate it allows no extra attempt', async (t, bench) => {
  const budget = new Budget({ ratio: 0, minPerSecond: 0 }, bench.clock)
  offer(budget, 1000)
  t.equal(budget.take(), false)
})

test('a refused extra attempt is not counted', async (t, bench) => {
  const budget = new Budget({ ratio: 0.5, minPerSecond: 0 }, bench.clock)
  t.equal(taken(budget, 10), 0)
  offer(budget, 2)
  t.equal(taken(budget, 10), 1)
})

test('calls count for at most ten seconds, extra attempts for at least ten, and the balance is never negative', async (t, bench) => {
  const budget = new Budget({ ratio: 0.2, minPerSecond: 0 }, bench.clock)
  offer(budget, 10)
  t.equal(taken(budget, 1), 1)
  await bench.clock.advance(9999)
  t.equal(budget.balance, 1)
  await bench.clock.advance(1)
  t.equal(budget.balance, 0, 'the calls are forgotten')
  offer(budget, 5)
  t.equal(budget.balance, 0, 'the extra attempt is not: ten seconds end with this one')
  await bench.clock.advance(1000)
  t.equal(budget.balance, 1, 'now it is')
})

test('after a pause it allows the extra attempts of ten seconds again, and no more', async (t, bench) => {
  const budget = new Budget({ ratio: 0.2, minPerSecond: 1 }, bench.clock)
  offer(budget, 100)
  t.equal(taken(budget, 100), 30)
  await bench.clock.advance(60_000)
  t.equal(budget.balance, 10)
})

test('as a policy it counts every call and passes it unchanged', async (t, bench) => {
  const budget = new Budget({ ratio: 1, minPerSecond: 0 }, bench.clock)
  const stack = budget.policy(bench.source)
  const call = bench.call()
  const ended = [stack(call), stack(bench.call())]
  t.equal(bench.reached[0], call)
  t.equal(budget.balance, 2)
  for (const place of [0, 1]) bench.end(place)
  t.strictSame(await Promise.all(ended), [DATA, DATA])
})

test('an extra attempt that is returned can be taken again', async (t, bench) => {
  const budget = new Budget({ ratio: 0, minPerSecond: 0.1 }, bench.clock)
  t.strictSame([budget.take(), budget.take()], [true, false])
  budget.giveBack()
  t.strictSame([budget.balance, budget.take(), budget.take()], [1, true, false])
})
