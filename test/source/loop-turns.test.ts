import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { LoopTurns } from '../../src/source/loop-turns.ts'

function busy(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

t.test('a small amount of work runs at once', async (t) => {
  const turns = new LoopTurns()
  t.equal(
    turns.run(() => 1),
    1,
  )
  t.throws(
    () =>
      turns.run(() => {
        throw new Error('broken')
      }),
    { message: 'broken' },
  )
})

t.test('a large amount is spread over turns of the event loop in order, and other events run in between', async (t) => {
  const turns = new LoopTurns()
  const done: string[] = []
  const works = Array.from({ length: 6 }, (_, n) =>
    turns.run(() => {
      busy(5)
      done.push(`work ${n}`)
      return n
    }),
  )
  t.strictSame(done, ['work 0'], 'what is above the bound waits')
  const other = (async () => {
    await nextTurn()
    done.push('other')
  })()
  t.strictSame(await Promise.all(works), [0, 1, 2, 3, 4, 5])
  await other
  t.strictSame(
    done.filter((one) => one !== 'other'),
    ['work 0', 'work 1', 'work 2', 'work 3', 'work 4', 'work 5'],
  )
  t.ok(done.indexOf('other') < done.indexOf('work 5'), String(done))
})

t.test('a queued task that throws or rejects rejects its promise, and the next task still runs', async (t) => {
  const turns = new LoopTurns()
  void turns.run(() => busy(5))
  const broken = turns.run(() => {
    throw new Error('broken')
  })
  const late = turns.run(() => Promise.reject(new Error('late')))
  const good = turns.run(() => 1)
  await t.rejects(Promise.resolve(broken), { message: 'broken' })
  await t.rejects(Promise.resolve(late), { message: 'late' })
  t.equal(await good, 1)
})
