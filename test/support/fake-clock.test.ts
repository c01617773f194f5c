import t from 'tap'
import { FakeClock } from './fake-clock.ts'

t.test('runs timers in order, each at its instant', async (t) => {
  const clock = new FakeClock(0)
  const ran: string[] = []
  const at = (name: string, ms: number) => clock.setTimeout(() => void ran.push(`${name} ${clock.now()}`), ms)
  at('c', 30)
  at('a', 10)
  at('b', 10)
  const cleared = at('never', 20)
  t.equal(clock.pending, 4)
  clock.clearTimeout(cleared)
  clock.clearTimeout(undefined)
  await clock.advance(9)
  t.same(ran, [])
  await clock.advance(1)
  t.same(ran, ['a 10', 'b 10'])
  await clock.advance(100)
  t.same([ran.at(-1), clock.now(), clock.pending], ['c 30', 110, 0])
})

t.test('promises go on between timers, and may set more', async (t) => {
  const clock = new FakeClock()
  const seen: number[] = []
  const sleep = (ms: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms))
  const work = async () => {
    for (let turn = 0; turn < 3; turn++) {
      await sleep(10)
      await new Promise((resolve) => setImmediate(resolve))
      seen.push(clock.now())
    }
  }
  const done = work()
  clock.setTimeout(() => void seen.push(clock.now()), 15)
  await clock.advance(30)
  await done
  t.same(seen, [1010, 1015, 1020, 1030])
})

t.test('odd delays are as in Node, and an error is the caller of advance to see', async (t) => {
  const clock = new FakeClock(0)
  const ran: number[] = []
  for (const ms of [0, -5, Number.NaN, 0.5, Number.POSITIVE_INFINITY]) clock.setTimeout(() => void ran.push(ms), ms)
  await clock.advance(0)
  t.same(ran, [])
  await clock.advance(1)
  t.same(ran, [0, -5, Number.NaN, 0.5, Number.POSITIVE_INFINITY])
  clock.setTimeout(() => {
    throw new Error('from a timer')
  }, 1)
  await t.rejects(clock.advance(1), { message: 'from a timer' })
})
