import t from 'tap'
import { MemoryCounter } from '../../src/http/memory-counter.ts'
import { FakeClock } from '../support/fake-clock.ts'

const LIMIT = { max: 3, perMs: 1000 }

t.test('a period begins with the first request, and ends for all of them', async (t) => {
  const clock = new FakeClock()
  const counter = new MemoryCounter(clock)
  t.same(await counter.count('a', LIMIT), { requests: 1, resetMs: 1000 })
  await clock.advance(999)
  t.same(await counter.count('a', LIMIT), { requests: 2, resetMs: 1 })
  t.same(await counter.count('b', LIMIT), { requests: 1, resetMs: 1000 })
  await clock.advance(1)
  t.same(await counter.count('a', LIMIT), { requests: 1, resetMs: 1000 })
  t.same(await counter.count('b', LIMIT), { requests: 2, resetMs: 999 })
})

t.test('another limit begins anew, the same one does not', async (t) => {
  const counter = new MemoryCounter(new FakeClock())
  await counter.count('a', LIMIT)
  t.equal((await counter.count('a', { ...LIMIT })).requests, 2)
  t.equal((await counter.count('a', { ...LIMIT, max: 4 })).requests, 1)
  t.equal((await counter.count('a', { max: 4, perMs: 5 })).requests, 1)
})

t.test('many clients cost no more memory, reset nobody, and share what is left', async (t) => {
  const clock = new FakeClock()
  const counter = new MemoryCounter(clock)
  for (let n = 0; n < 3; n += 1) await counter.count('first', LIMIT)
  for (let n = 0; n < 200_000; n += 1) await counter.count(`${(n * 2654435761) % 4096}x${n}`, LIMIT)
  t.ok(counter.size <= 50_000 + 4096, `${counter.size} periods`)
  t.equal((await counter.count('first', LIMIT)).requests, 4)
  t.ok((await counter.count('99x', LIMIT)).requests > 1, 'counted with others')
  await clock.advance(1000)
  t.equal((await counter.count('99x', LIMIT)).requests, 1)
  for (let n = 0; n < 10_000; n += 1) await counter.count('one', LIMIT)
  t.equal(counter.size, 3, 'ended periods are removed')
})
