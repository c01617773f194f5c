import fc from 'fast-check'
import t from 'tap'
import { type Deadline, deadlineIn, earlier, systemClock } from '../../src/core/deadline.ts'
import { FakeClock } from '../support/fake-clock.ts'

const deadlines: fc.Arbitrary<Deadline> = fc.record({
  at: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ noNaN: true })),
  cause: fc.constantFrom('batch', 'call', 'attempt'),
  spanMs: fc.nat(),
})

t.test('combining deadlines in any order only makes them earlier, and keeps the cause of the earliest', async () => {
  fc.assert(
    fc.property(deadlines, fc.array(deadlines), (first, others) => {
      let deadline = first
      for (const other of others) {
        const narrowed = earlier(deadline, other)
        if (narrowed.at > deadline.at || narrowed.at > other.at) return false
        deadline = narrowed
      }
      // on a tie the first one wins: an inner deadline must not replace the cause of an outer one
      const all = [first, ...others]
      return deadline === all.find(({ at }) => all.every((other) => at <= other.at))
    }),
  )
})

t.test('deadlineIn returns the instant that is the span after now', async (t) => {
  const clock = new FakeClock()
  await clock.advance(40)
  t.same(deadlineIn(clock, 500, 'call'), { at: 1540, cause: 'call', spanMs: 500 })
})

t.test('the system clock does not follow the wall clock, and its timers can be cleared', async (t) => {
  const { now } = Date
  t.teardown(() => {
    Date.now = now
  })
  const before = systemClock.now()
  Date.now = () => now() - 3_600_000
  const fired: string[] = []
  systemClock.clearTimeout(systemClock.setTimeout(() => fired.push('cleared'), 1))
  await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 10))
  t.same(fired, [])
  const passed = systemClock.now() - before
  t.ok(passed >= 9 && passed < 10_000, `${passed} ms passed`)
})
