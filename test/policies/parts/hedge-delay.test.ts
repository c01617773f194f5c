import { fixedDelay, LearnedDelay } from '../../../src/policies/parts/hedge-delay.ts'
import { test } from '../bench.ts'

const learn = (delay: LearnedDelay, times: number, ms: (i: number) => number) => {
  for (let i = 1; i <= times; i += 1) delay.learn(ms(i))
}

test('a fixed delay never changes, and always allows a hedge', async (t) => {
  const delay = fixedDelay(80)
  for (let i = 0; i < 200; i += 1) {
    delay.learn(5)
    t.equal(delay.next(), 80)
    t.equal(delay.take(), true)
  }
})

test('there is no delay before a hundred samples', async (t, bench) => {
  const delay = new LearnedDelay(0.02, bench.clock)
  t.equal(delay.next(), null)
  learn(delay, 99, () => 10)
  t.equal(delay.next(), null)
  delay.learn(10)
  t.ok(Math.abs((delay.next() ?? 0) - 10) <= 0.1)
})

for (const [maxExtraLoad, ms] of [
  [0.02, 980],
  [0.05, 950],
  [0.2, 800],
] as const) {
  test(`is the duration that a share of ${maxExtraLoad} exceeds`, async (t, bench) => {
    const delay = new LearnedDelay(maxExtraLoad, bench.clock)
    learn(delay, 1000, (i) => i)
    const next = delay.next() ?? 0
    t.ok(Math.abs(next - ms) <= ms / 100, `${next} ms`)
  })
}

test('there is no delay after a minute without samples', async (t, bench) => {
  const delay = new LearnedDelay(0.02, bench.clock)
  learn(delay, 100, () => 10)
  await bench.clock.advance(60_000)
  t.equal(delay.next(), null)
})

test('hedges are limited to the share of the calls, plus one per second', async (t, bench) => {
  const delay = new LearnedDelay(0.02, bench.clock)
  const taken = () => Array.from({ length: 100 }, () => delay.take()).filter(Boolean).length
  t.equal(taken(), 10, 'ten seconds of one a second')
  for (let i = 0; i < 500; i += 1) delay.next()
  t.equal(taken(), 10, 'a fiftieth of 500 calls')
})
