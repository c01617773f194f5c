import { timeout } from '../../src/policies/timeout.ts'
import { DATA, test } from './bench.ts'

test('narrows the deadline to the timeout, by copying the call, and sets no timer', async (t, bench) => {
  const call = bench.call()
  const ended = timeout(500, bench.clock)(bench.source)(call)
  t.same(bench.reached[0]?.deadline, { at: 1500, cause: 'call', spanMs: 500 })
  t.same(call.deadline, { at: 3000, cause: 'batch', spanMs: 2000 }, 'the call itself is as it was')
  t.equal(bench.reached[0]?.record, call.record, 'what is learned is still written where the observers look')
  t.equal(bench.clock.pending, 0)
  bench.end(0)
  t.equal(await ended, DATA)
})

for (const [name, timeoutMs] of Object.entries({ 'that is earlier': 2001, 'at the same instant': 2000 })) {
  test(`an answer's deadline ${name} stands, with its cause`, async (t, bench) => {
    const call = bench.call()
    const ended = timeout(timeoutMs, bench.clock)(bench.source)(call)
    t.equal(bench.reached[0]?.deadline, call.deadline)
    bench.end(0)
    await ended
  })
}
