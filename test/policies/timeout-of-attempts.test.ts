import type { Deadline } from '../../src/core/deadline.ts'
import { timeout } from '../../src/policies/timeout.ts'
import { DATA, test } from './bench.ts'

const call500: Deadline = { at: 1500, cause: 'call', spanMs: 500 }

test('ends an attempt at its timeout, but not the call', async (t, bench) => {
  const call = bench.call('weather', { deadline: call500 })
  const ended = timeout(200, 'attempt', bench.clock)(bench.source)(call)
  await bench.clock.advance(199)
  t.equal(bench.reached[0]?.cancel.reason, null)
  await bench.clock.advance(1)
  t.equal(bench.reached[0]?.cancel.reason, 'attempt')
  t.match(await ended, { failure: { code: 'http_response_timeout', message: 'weather did not answer within 200 ms' } })
  t.equal(call.cancel.reason, null, 'another attempt may follow')
})

for (const [name, timeoutMs] of [
  ['comes first', 501],
  ['falls on the same instant', 500],
] as const) {
  test(`sets no timer if the call's timeout ${name}, because that has one`, async (t, bench) => {
    const call = bench.call('weather', { deadline: call500 })
    const ended = timeout(timeoutMs, 'attempt', bench.clock)(bench.source)(call)
    t.equal(bench.clock.pending, 0)
    t.equal(bench.reached[0]?.deadline, call500)
    t.equal(bench.reached[0]?.cancel, call.cancel)
    call.cancel.cancel('call')
    t.match(await ended, {
      failure: { code: 'http_response_timeout', message: 'weather did not answer within 500 ms' },
    })
  })
}

test('sets the deadline of the attempt, with cause "attempt"', async (t, bench) => {
  const call = bench.call('weather', { deadline: call500 })
  const ended = timeout(200, 'attempt', bench.clock)(bench.source)(call)
  t.strictSame(bench.reached[0]?.deadline, { at: 1200, cause: 'attempt', spanMs: 200 })
  t.equal(call.deadline, call500, 'the call itself is as it was')
  bench.end(0)
  t.equal(await ended, DATA)
})

test("sets no timer if the answer's deadline comes first, because that has one for all its calls", async (t, bench) => {
  const call = bench.call()
  const ended = timeout(5000, 'attempt', bench.clock)(bench.source)(call)
  t.equal(bench.clock.pending, 0)
  call.cancel.cancel('batch')
  t.equal(bench.reached[0]?.cancel.reason, 'batch')
  t.match(await ended, { failure: { code: 'deadline_exceeded' } })
})

test('a response in time clears the timer', async (t, bench) => {
  const ended = timeout(200, 'attempt', bench.clock)(bench.source)(bench.call())
  t.equal(bench.clock.pending, 1)
  bench.end(0)
  t.equal(await ended, DATA)
})

test('a client that disconnects ends the attempt and clears the timer', async (t, bench) => {
  const call = bench.call()
  const ended = timeout(200, 'attempt', bench.clock)(bench.source)(call)
  call.cancel.cancel('client')
  t.match(await ended, { failure: { code: 'cancelled' } })
})

test('an attempt of a call that is already cancelled is cancelled at once', async (t, bench) => {
  const call = bench.call()
  call.cancel.cancel('client')
  t.match(await timeout(200, 'attempt', bench.clock)(bench.source)(call), { failure: { code: 'cancelled' } })
})

test('each attempt has its own cancel and timer', async (t, bench) => {
  const stack = timeout(200, 'attempt', bench.clock)(bench.source)
  const call = bench.call('weather', { deadline: call500 })
  const first = stack(call)
  await bench.clock.advance(200)
  await first
  const second = stack(call)
  await bench.clock.advance(199)
  bench.end(1)
  t.equal(await second, DATA)
  t.not(bench.reached[0]?.cancel, bench.reached[1]?.cancel)
})

test('after an exception below no timer and no listener remain', async (t, bench) => {
  const broken = () => Promise.reject(new Error('a bug'))
  await t.rejects(timeout(200, 'attempt', bench.clock)(broken)(bench.call()), { message: 'a bug' })
})
