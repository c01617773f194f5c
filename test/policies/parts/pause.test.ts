import { pause } from '../../../src/policies/parts/pause.ts'
import { test } from '../bench.ts'

test('ends after its time, and not before', async (t, bench) => {
  let slept: unknown = 'still'
  const { cancel } = bench.call()
  void pause(100, cancel, bench.clock).then((reason) => {
    slept = reason
  })
  await bench.clock.advance(99)
  t.equal(slept, 'still')
  await bench.clock.advance(1)
  t.equal(slept, null)
  t.equal(cancel.listeners, 0)
})

test('on cancel it ends at once with the reason, and clears its timer', async (t, bench) => {
  const { cancel } = bench.call()
  const slept = pause(100, cancel, bench.clock)
  t.equal(bench.clock.pending, 1)
  cancel.cancel('client')
  t.equal(await slept, 'client')
  t.equal(bench.clock.pending, 0)
})

test('does not wait if it is already cancelled', async (t, bench) => {
  const { cancel } = bench.call()
  cancel.cancel('call')
  const slept = pause(100, cancel, bench.clock)
  t.equal(bench.clock.pending, 0)
  t.equal(await slept, 'call')
})
