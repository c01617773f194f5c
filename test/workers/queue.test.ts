import fc from 'fast-check'
import t from 'tap'
import { FairQueue } from '../../src/workers/queue.ts'

const LIMITS = { maxRunning: 3, maxRunningEach: 2, maxWaiting: 4, slowAfterMs: 200, slowForMs: 60_000, now: () => 0 }
const job = (owner: string) => ({ owner })

t.test('who came first is next', async (t) => {
  const queue = new FairQueue(LIMITS)
  const jobs = ['a', 'b', 'c', 'd'].map(job)
  for (const one of jobs) t.ok(queue.add(one))
  t.strictSame([queue.next(), queue.next(), queue.next()], jobs.slice(0, 3))
  t.equal(queue.next(), undefined, 'all places are taken')
  queue.end(jobs[1] as { owner: string })
  t.equal(queue.next(), jobs[3])
  t.equal(queue.next(), undefined)
})

t.test('one owner never has all places, and keeps nobody else waiting', async (t) => {
  const queue = new FairQueue(LIMITS)
  const [first, second, third] = [job('a'), job('a'), job('a')]
  for (const one of [first, second, third]) queue.add(one)
  t.strictSame([queue.next(), queue.next(), queue.next()], [first, second, undefined])
  const other = job('b')
  queue.add(other)
  t.equal(queue.next(), other)
  queue.end(first)
  t.equal(queue.next(), third)
})

t.test('of those who wait, one whose owner has the fewest places is next', async (t) => {
  const queue = new FairQueue(LIMITS)
  const [first, second, other] = [job('a'), job('a'), job('b')]
  for (const one of [first, second, other]) queue.add(one)
  t.strictSame([queue.next(), queue.next(), queue.next()], [first, other, second])
})

/** A queue on a clock that is set by hand. */
function timed() {
  const clock = { ms: 0 }
  return { clock, queue: new FairQueue({ ...LIMITS, now: () => clock.ms }) }
}

/** Work that takes a second, so often. */
function beSlow(
  clock: { ms: number },
  queue: FairQueue<{ owner: string }>,
  owners: readonly string[],
  times = 2,
): void {
  for (let time = 0; time < times; time += 1) {
    for (const owner of owners) {
      const one = job(owner)
      queue.add(one)
      queue.next()
      clock.ms += 1000
      queue.end(one)
    }
  }
}

t.test('owners whose work takes long never have all places together', async (t) => {
  const { clock, queue } = timed()
  beSlow(clock, queue, ['a', 'b', 'c'])
  const [slow, slower, third] = [job('a'), job('b'), job('c')]
  for (const one of [slow, slower, third]) queue.add(one)
  t.strictSame([queue.next(), queue.next(), queue.next()], [slow, slower, undefined])
  const quick = job('d')
  queue.add(quick)
  t.equal(queue.next(), quick)
  queue.end(quick)
  t.equal(queue.next(), undefined, 'two of them still run')
  queue.end(slow)
  t.equal(queue.next(), third)
})

t.test('once is no sign, one that was quick again is not slow, and after a minute nobody is', async (t) => {
  const { clock, queue } = timed()
  beSlow(clock, queue, ['a'], 1)
  t.equal(queue.isSlow('a'), false, 'a thread had to start, perhaps')
  beSlow(clock, queue, ['a'], 1)
  t.equal(queue.isSlow('a'), true)
  clock.ms += 60_000
  t.equal(queue.isSlow('a'), false)
  beSlow(clock, queue, ['b'])
  const quick = job('b')
  queue.add(quick)
  queue.next()
  queue.end(quick)
  t.equal(queue.isSlow('b'), false)
})

t.test('work that still runs is slow too', async (t) => {
  const { clock, queue } = timed()
  for (const owner of ['a', 'b', 'a']) queue.add(job(owner))
  t.strictSame([queue.next()?.owner, queue.next()?.owner], ['a', 'b'])
  clock.ms = 900
  t.equal(queue.next(), undefined, 'the last place is for others')
  queue.add(job('c'))
  t.equal(queue.next()?.owner, 'c')
})

t.test('no more wait than may', async (t) => {
  const queue = new FairQueue(LIMITS)
  t.strictSame(
    Array.from({ length: 5 }, () => queue.add(job('a'))),
    [true, true, true, true, false],
  )
  queue.next()
  t.ok(queue.add(job('a')))
})

t.test('what waits can be withdrawn, what runs cannot', async (t) => {
  const queue = new FairQueue(LIMITS)
  const [first, second] = [job('a'), job('a')]
  queue.add(first)
  queue.add(second)
  t.equal(queue.next(), first)
  t.equal(queue.withdraw(first), false)
  t.equal(queue.withdraw(second), true)
  t.equal(queue.next(), undefined)
})

t.test('in any order of events, the places are within their limits, and nothing is lost', async () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('add', 'next', 'end'), fc.constantFrom('a', 'b', 'c')), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(steps, (events) => {
      const queue = new FairQueue({ ...LIMITS, maxWaiting: 100 })
      const running: { owner: string }[] = []
      let [added, started] = [0, 0]
      const begin = (): boolean => {
        const next = queue.next()
        if (next !== undefined) running.push(next)
        started += next === undefined ? 0 : 1
        return next !== undefined
      }
      for (const [event, owner] of events) {
        if (event === 'add') added += queue.add(job(owner)) ? 1 : 0
        else if (event === 'next') begin()
        else if (running.length > 0) queue.end(running.shift() as { owner: string })
        if (running.length > 3) return false
        if (['a', 'b', 'c'].some((id) => running.filter((one) => one.owner === id).length > 2)) return false
      }
      while (begin() || running.length > 0) for (const one of running.splice(0)) queue.end(one)
      return started === added
    }),
  )
})
