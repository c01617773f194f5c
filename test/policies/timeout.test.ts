import type { Deadline } from '../../src/core/deadline.ts'
import { timeout } from '../../src/policies/timeout.ts'
import { DATA, test } from './bench.ts'

test('sets the earlier deadline in a copy of the call, with one timer', async (t, bench) => {
  const call = bench.call()
  const ended = timeout(500, 'call', bench.clock)(bench.source)(call)
  t.strictSame(bench.reached[0]?.deadline, { at: 1500, cause: 'call', spanMs: 500 })
  t.strictSame(call.deadline, { at: 3000, cause: 'batch', spanMs: 2000 }, 'the call itself is as it was')
  t.equal(bench.reached[0]?.record, call.record, 'what is learned is still written where the observers look')
  t.equal(bench.clock.pending, 1)
  bench.end(0)
  t.equal(await ended, DATA)
  t.equal(bench.clock.pending, 0)
})

test('ends the call at its timeout, but not the other calls of the answer', async (t, bench) => {
  const call = bench.call()
  const ended = timeout(500, 'call', bench.clock)(bench.source)(call)
  await bench.clock.advance(499)
  t.equal(bench.reached[0]?.cancel.reason, null)
  await bench.clock.advance(1)
  t.equal(bench.reached[0]?.cancel.reason, 'call')
  t.match(await ended, { failure: { code: 'http_response_timeout', message: 'weather did not answer within 500 ms' } })
  t.equal(call.cancel.reason, null, 'the cancel of the answer is not its to fire')
})

test('waits for the policies below, which decide the outcome', async (t, bench) => {
  let done = false
  const ended = timeout(500, 'call', bench.clock)(bench.deaf)(bench.call())
  void ended.then(() => {
    done = true
  })
  await bench.clock.advance(600)
  t.equal(done, false)
  bench.end(0)
  t.equal(await ended, DATA)
})

for (const [name, timeoutMs] of Object.entries({ 'that is earlier': 2001, 'at the same instant': 2000 })) {
  test(`an answer's deadline ${name} is kept, with its cause and cancel, and no timer is set`, async (t, bench) => {
    const call = bench.call()
    const ended = timeout(timeoutMs, 'call', bench.clock)(bench.source)(call)
    t.equal(bench.reached[0]?.deadline, call.deadline)
    t.equal(bench.reached[0]?.cancel, call.cancel)
    t.equal(bench.clock.pending, 0)
    bench.end(0)
    await ended
  })
}

test('a shorter outer timeout is kept', async (t, bench) => {
  const ended = timeout(300, 'call', bench.clock)(timeout(500, 'call', bench.clock)(bench.source))(bench.call())
  t.strictSame(bench.reached[0]?.deadline, { at: 1300, cause: 'call', spanMs: 300 })
  await bench.clock.advance(300)
  t.match(await ended, { failure: { code: 'http_response_timeout', message: /within 300 ms/ } })
})

test('limits a call that has no deadline', async (t, bench) => {
  const none: Deadline = { at: Number.POSITIVE_INFINITY, cause: 'call', spanMs: Number.POSITIVE_INFINITY }
  const ended = timeout(500, 'call', bench.clock)(bench.source)(bench.call('weather', { deadline: none }))
  t.strictSame(bench.reached[0]?.deadline, { at: 1500, cause: 'call', spanMs: 500 })
  await bench.clock.advance(500)
  t.match(await ended, { failure: { code: 'http_response_timeout' } })
})

for (const [reason, code] of [
  ['client', 'cancelled'],
  ['batch', 'deadline_exceeded'],
] as const) {
  test(`cancelled earlier with ${reason}, the call receives that reason, and the timer is cleared`, async (t, bench) => {
    const call = bench.call()
    const ended = timeout(500, 'call', bench.clock)(bench.source)(call)
    call.cancel.cancel(reason)
    t.equal(bench.reached[0]?.cancel.reason, reason)
    t.match(await ended, { failure: { code } })
  })
}

test('a call that is already cancelled receives the reason at once', async (t, bench) => {
  const call = bench.call()
  call.cancel.cancel('client')
  t.match(await timeout(500, 'call', bench.clock)(bench.source)(call), { failure: { code: 'cancelled' } })
})

test('after an exception below no timer and no listener remain', async (t, bench) => {
  const broken = () => Promise.reject(new Error('a bug'))
  await t.rejects(timeout(500, 'call', bench.clock)(broken)(bench.call()), { message: 'a bug' })
})
