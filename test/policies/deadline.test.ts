import { deadline } from '../../src/policies/deadline.ts'
import { answering, DATA, test } from './bench.ts'

test('an answer in time passes as it is', async (t, bench) => {
  const ended = deadline()(bench.source)(bench.call())
  bench.end(0)
  t.equal(await ended, DATA)
})

for (const [reason, code] of [
  ['batch', 'deadline_exceeded'],
  ['client', 'cancelled'],
] as const) {
  test(`called off by the ${reason}, the wait ends at once with ${code}, whatever goes on below`, async (t, bench) => {
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

  test(`a call that the ${reason} called off before is not made`, async (t, bench) => {
    const call = bench.call()
    call.cancel.cancel(reason)
    t.match(await deadline()(bench.deaf)(call), { failure: { code } })
    t.same(bench.reached, [])
  })
}

test('a bug below comes out as it is, and leaves no listener', async (t, bench) => {
  const bug = new Error('a bug')
  const broken = () => Promise.reject(bug)
  await t.rejects(deadline()(broken)(bench.call()), bug)
})

test('calls that share one cancel take their own listener away, and no other', async (t, bench) => {
  const call = bench.call()
  const slow = deadline()(bench.deaf)(call)
  for (let i = 0; i < 100; i++) await deadline()(answering())(call)
  await bench.clock.advance(0)
  t.equal(call.cancel.listeners, 1)
  call.cancel.cancel('client')
  t.match(await slow, { failure: { code: 'cancelled' } })
})
