import type { SourceCall } from '../../src/core/call.ts'
import { type FailureCode, failure } from '../../src/core/failure.ts'
import { failed } from '../../src/core/outcome.ts'
import { carriedOut } from '../../src/policies/carried-out.ts'
import { type Bench, DATA, failing, status, test } from './bench.ts'

/** A call whose request must not be repeated. */
function once(bench: Bench) {
  const call = bench.call()
  return { ...call, request: { ...call.request, isRepeatable: false } }
}

const CARRIED_OUT = /; the call may have been carried out$/

test('a call that may have been sent is not retryable, and the message says why', async (t, bench) => {
  const sent: FailureCode[] = [
    'http_response_timeout',
    'connection_terminated',
    'http_response_incomplete',
    'http_response_body_size',
    'http_protocol_error',
    'invalid_body',
    'select_failed',
    'deadline_exceeded',
  ]
  for (const code of sent) {
    const outcome = await carriedOut(bench.script(failing(code)))(once(bench))
    t.match(outcome.failure, { code, retryable: false, message: CARRIED_OUT }, code)
  }
  const unread = failed(failure('connection_limit_reached', 'too many bodies wait', { upstreamStatus: 200 }))
  const read = await carriedOut(bench.script(unread))(once(bench))
  t.match(read.failure, { retryable: false, message: CARRIED_OUT }, 'answered, but not read')
  const outcome = await carriedOut(bench.script(status(503, 1000)))(once(bench))
  t.match(outcome.failure, { retryable: false, retryAfterMs: 1000, message: CARRIED_OUT })
  const elsewhere = await carriedOut(bench.script(status(303)))(once(bench))
  t.match(elsewhere.failure, { mayBeCarriedOut: true, message: CARRIED_OUT }, 'a redirect to the result')
})

test('a call that was not sent is retryable', async (t, bench) => {
  // the last one: the deadline passed, or the client left, while the connection was being made
  for (const code of ['connection_refused', 'connection_timeout', 'dns_error', 'deadline_exceeded'] as const) {
    const outcome = failing(code)
    const connecting: SourceCall = async ({ record }) => {
      record.effort.attempts += 1
      return outcome
    }
    t.equal(await carriedOut(connecting)(once(bench)), outcome, code)
  }
  const queued = failed(failure('deadline_exceeded', 'a did not answer before the deadline'))
  t.equal(await carriedOut(async () => queued)(once(bench)), queued, 'no attempt was made')
})

test('a proxy that wants other credentials has passed nothing on', async (t, bench) => {
  const refused = failing('authorization_failed')
  const first = once(bench)
  // as the transport counts it
  first.record.effort.unauthorized = 1
  t.equal(await carriedOut(bench.script(refused))(first), refused)
  const again = once(bench)
  Object.assign(again.record.effort, { sent: 1, attempts: 1, unauthorized: 1 })
  const outcome = await carriedOut(bench.script(refused))(again)
  t.match(
    outcome.failure,
    { retryable: false, mayBeCarriedOut: true, message: CARRIED_OUT },
    'an attempt before it may have',
  )
})

test('a 4xx status keeps its message, and a success passes unchanged', async (t, bench) => {
  const { failure: refused } = await carriedOut(bench.script(status(429, 1000)))(once(bench))
  t.match(refused, { retryable: false, message: 'weather answered with status 429' })
  t.equal(await carriedOut(bench.script(DATA))(once(bench)), DATA)
})

test('a repeatable call stays retryable, and is marked', async (t, bench) => {
  const { failure: lost } = await carriedOut(bench.script(failing('http_response_timeout')))(bench.call())
  t.match(lost, { retryable: true, mayBeCarriedOut: true, message: 'http_response_timeout' })
  const { failure: refused } = await carriedOut(bench.script(status(409)))(bench.call())
  t.match(refused, { mayBeCarriedOut: false })
  const first = bench.script(failing('connection_terminated'), failing('connection_refused'), status(404))
  const call = bench.call()
  await first(call)
  for (const last of ['the retry was not sent', 'the retry was refused'])
    t.match((await carriedOut(first)(call)).failure, { mayBeCarriedOut: true }, last)
})
