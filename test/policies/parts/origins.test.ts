import fc from 'fast-check'
import t from 'tap'
import type { AttemptKind, Destination } from '../../../src/core/call.ts'
import { BreakerState } from '../../../src/policies/parts/breaker-state.ts'
import { Origins, type OriginsOptions } from '../../../src/policies/parts/origins.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const LIMITS = { windowMs: 10_000, minCalls: 1, failureRate: 0.5, openForMs: 5000, slowAfterMs: null, slowRate: 1 }

function setUp(count: number, over: Partial<OriginsOptions> = {}) {
  const clock = new FakeClock()
  const breakers = Array.from(
    { length: count },
    () => new BreakerState(LIMITS, { clock, random: () => 0.5, onChange: () => {} }),
  )
  const origins = new Origins({ balance: 'roundRobin', breakers, random: () => 0, ...over })
  const take = (kind: AttemptKind = 'first', asked: readonly number[] = []) =>
    origins.admit(
      kind,
      asked.map((origin) => ({ origin, permit: null })),
    )
  /** Takes one after the other, each as the first attempt of its call, which succeeds. */
  const takeMany = (times: number) =>
    Array.from({ length: times }, () => {
      const taken = take()
      if (taken !== null) origins.conclude(taken, 'good')
      return taken?.origin ?? null
    })
  const breakOrigin = (origin: number) => {
    while (breakers[origin]?.status === 'closed') origins.conclude({ origin, permit: breakers[origin].admit() }, 'bad')
  }
  return { clock, origins, take, takeMany, breakOrigin }
}

t.test('origins take turns', async (t) => {
  t.same(setUp(3).takeMany(7), [0, 1, 2, 0, 1, 2, 0])
  t.same(setUp(1).takeMany(2), [0, 0])
})

t.test('turns begin at a random origin', async (t) => {
  t.same(setUp(3, { random: () => 0.999 }).takeMany(4), [2, 0, 1, 2])
  t.same(setUp(3, { random: () => 0.34 }).takeMany(4), [1, 2, 0, 1])
})

t.test('with failover the first one takes all, wherever turns would begin', async (t) => {
  t.same(setUp(3, { balance: 'failover', random: () => 0.999 }).takeMany(3), [0, 0, 0])
})

t.test('a broken origin is skipped, and its share goes to all others', async (t) => {
  const { takeMany, breakOrigin } = setUp(3)
  breakOrigin(0)
  t.same(takeMany(6), [1, 2, 1, 2, 1, 2])
})

t.test('with failover the next one takes over, and the first one again when it has recovered', async (t) => {
  const { clock, origins, takeMany, breakOrigin } = setUp(3, { balance: 'failover' })
  breakOrigin(0)
  t.same(takeMany(2), [1, 1])
  breakOrigin(1)
  t.same(takeMany(2), [2, 2])
  await clock.advance(5000)
  t.same(takeMany(3), [0, 0, 0], 'two trial calls close its breaker')
  t.same(origins.statuses, ['closed', 'half-open', 'closed'])
})

t.test('a half-open origin gets three trial calls at a time, and others go elsewhere', async (t) => {
  for (const [balance, expected] of [
    ['failover', [0, 0, 0, 1, 1]],
    ['roundRobin', [0, 1, 0, 1, 0, 1, 1, 1]],
  ] as const) {
    const { clock, take, breakOrigin } = setUp(2, { balance })
    breakOrigin(0)
    await clock.advance(5000)
    t.same(
      expected.map(() => take()?.origin),
      expected,
      balance,
    )
  }
})

t.test('when all are broken none is chosen, until the first may be tried again', async (t) => {
  const { clock, origins, takeMany, breakOrigin } = setUp(2)
  breakOrigin(0)
  t.equal(origins.retryInMs, 0, 'the other one can be asked')
  t.equal(origins.status, 'closed')
  await clock.advance(1000)
  breakOrigin(1)
  t.equal(origins.status, 'open')
  t.equal(origins.retryInMs, 4000, 'the shorter wait')
  t.same(takeMany(1), [null])
  await clock.advance(4000)
  t.equal(origins.status, 'half-open')
  t.same(takeMany(2), [0, 0])
  t.equal(origins.status, 'closed')
})

for (const balance of ['roundRobin', 'failover'] as const) {
  t.test(`${balance}: a retry or hedge goes to an origin that the call has not asked`, async (t) => {
    const { take } = setUp(3, { balance })
    for (const kind of ['retry', 'hedge'] as const) {
      t.equal(take(kind, [0, 1])?.origin, 2)
      t.equal(take(kind, [2, 0])?.origin, 1)
      t.not(take(kind, [1])?.origin, 1)
    }
  })

  t.test(`${balance}: when all were asked, the one comes first that was asked longest ago`, async (t) => {
    const { take } = setUp(3, { balance })
    t.equal(take('retry', [2, 0, 1])?.origin, 2)
    t.equal(take('retry', [2, 0, 1, 2])?.origin, 0)
    t.equal(take('hedge', [1, 1, 0, 2])?.origin, 1)
  })

  t.test(`${balance}: an origin that was asked is asked again, where the others are broken`, async (t) => {
    const { take, breakOrigin } = setUp(2, { balance })
    breakOrigin(1)
    t.equal(take('retry', [0])?.origin, 0)
  })
}

t.test(
  'retries after calls to one origin are spread over all others, and move no turn of first attempts',
  async (t) => {
    const { take } = setUp(3)
    const firsts: unknown[] = []
    const retries: unknown[] = []
    for (let call = 0; call < 30; call += 1) {
      const first = take()?.origin
      firsts.push(first)
      if (first === 0) retries.push(take('retry', [0])?.origin)
    }
    t.same(firsts.slice(0, 6), [0, 1, 2, 0, 1, 2])
    t.same(retries, [1, 2, 1, 2, 1, 2, 1, 2, 1, 2])
  },
)

t.test('without breakers it takes turns, refuses nothing, and has no state', async (t) => {
  const origins = new Origins({ balance: 'roundRobin', breakers: [null, null], random: () => 0 })
  const taken = [1, 2, 3].map(() => origins.admit('first', []))
  t.same(taken, [
    { origin: 0, permit: null },
    { origin: 1, permit: null },
    { origin: 0, permit: null },
  ])
  const [first] = taken
  if (first == null) throw new Error('none')
  origins.conclude(first, 'bad')
  t.equal(origins.holds(first), true)
  t.same([origins.status, origins.statuses, origins.retryInMs], [null, [null, null], 0])
})

t.test('a permit of one origin says nothing of another', async (t) => {
  const { origins, take, breakOrigin } = setUp(2)
  const [a, b] = [take(), take()] as [Destination, Destination]
  breakOrigin(0)
  t.same([origins.holds(a), origins.holds(b)], [false, true])
  origins.conclude(b, 'bad')
  t.same(origins.statuses, ['open', 'open'])
})

t.test(
  'whatever the numbers: shares differ by one call at most, and no origin comes twice before all came once',
  async () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 32 }),
        fc.integer({ min: 0, max: 500 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.constantFrom<AttemptKind>('retry', 'hedge'),
        (count, calls, random, kind) => {
          const { takeMany, take } = setUp(count, { random: () => random })
          const taken = takeMany(calls)
          const shares = Array.from({ length: count }, (_, origin) => taken.filter((one) => one === origin).length)
          const asked: number[] = []
          while (asked.length < 2 * count) asked.push(take(kind, asked)?.origin ?? -1)
          const rounds = [asked.slice(0, count), asked.slice(count)].map((round) => new Set(round).size)
          return Math.max(...shares) - Math.min(...shares) <= 1 && rounds.every((size) => size === count)
        },
      ),
    )
  },
)
