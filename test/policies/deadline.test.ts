import { deadline } from '../../src/policies/deadline.ts'
import { answering, DATA, test } from './bench.ts'

test('an outcome in time passes unchanged', async (t, bench) => {
  const ended = deadline()(bench.source)(bench.call())
  bench.end(0)
  t.equal(await ended, DATA)
})

for (const [reason, code] of [
  ['batch', 'deadline_exceeded'],
  ['client', 'cancelled'],
] as const) {
  test(`cancelled with ${reason}, the wait ends at once with ${code}, even if the call below goes on`, async (t, bench) => {
    const call = bench.call()
    const ended = deadline()(bench.deaf)(call)
    call.cancel.cancel(reason)
    const outcome = await ended
    t.match(outcome, { body: null, failure: { code, class: code === 'cancelled' ? 'upstream' : 'timeout' } })
    t.equal(bench.reached[0]?.cancel, call.cancel, 'what is below hears of it through the same cancel')
    bench.end(0)
    await bench.clock.advance(1)
    t.equal(await ended, outcome, 'an answer that comes later changes nothing')
  })

  test(`a call that is already cancelled with ${reason} is not made`, async (t, bench) => {
    const call = bench.call()
    call.cancel.cancel(reason)
    t.match(await deadline()(bench.deaf)(call), { failure: { code } })
    t.same(bench.reached, [])
  })
}

test('an exception below is rethrown, and no listener remains', async (t, bench) => {
  const bug = new Error('a bug')
  const broken = () => Promise.reject(bug)
  await t.rejects(deadline()(broken)(bench.call()), bug)
})

test('calls that share one cancel remove only their own listener', async (t, bench) => {
  const call = bench.call()
  const slow = deadline()(bench.deaf)(call)
  for (let i = 0; i < 100; i++) await deadline()(answering())(call)
  await bench.clock.advance(0)
  t.equal(call.cancel.listeners, 1)
  call.cancel.cancel('client')
  t.match(await slow, { failure: { code: 'cancelled' } })
})
