import { type FailureCode, failure } from '../../src/core/failure.ts'
import { failed } from '../../src/core/outcome.ts'
import { nonIdempotent } from '../../src/policies/non-idempotent.ts'
import { DATA, failing, status, test } from './bench.ts'

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
    const outcome = await nonIdempotent(bench.script(failing(code)))(bench.call())
    t.match(outcome.failure, { code, retryable: false, message: CARRIED_OUT }, code)
  }
  const unread = failed(failure('connection_limit_reached', 'too many bodies wait', { upstreamStatus: 200 }))
  const read = await nonIdempotent(bench.script(unread))(bench.call())
  t.match(read.failure, { retryable: false, message: CARRIED_OUT }, 'answered, but not read')
  const outcome = await nonIdempotent(bench.script(status(503, 1000)))(bench.call())
  t.match(outcome.failure, { retryable: false, retryAfterMs: 1000, message: CARRIED_OUT })
})

test('a call that was not sent is retryable', async (t, bench) => {
  for (const code of ['connection_refused', 'connection_timeout', 'dns_error', 'connection_limit_reached'] as const) {
    const outcome = failing(code)
    t.equal(await nonIdempotent(bench.script(outcome))(bench.call()), outcome, code)
  }
  const queued = failed(failure('deadline_exceeded', 'a did not answer before the deadline'))
  t.equal(await nonIdempotent(async () => queued)(bench.call()), queued, 'no attempt was made')
})

test('a 4xx status keeps its message, and a success passes unchanged', async (t, bench) => {
  const { failure: refused } = await nonIdempotent(bench.script(status(429, 1000)))(bench.call())
  t.match(refused, { retryable: false, message: 'weather answered with status 429' })
  t.equal(await nonIdempotent(bench.script(DATA))(bench.call()), DATA)
})
