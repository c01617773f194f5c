import t from 'tap'
import { FAILURE_CODES, type FailureCode, failure, statusFailure } from '../../src/source/failure.ts'

/** The table of the contract, "Failure codes": class, and whether it is retryable. */
const CONTRACT: Record<FailureCode, string> = {
  connection_refused: 'U yes',
  connection_terminated: 'U yes',
  connection_timeout: 'T yes',
  dns_error: 'U yes',
  tls_certificate_error: 'U no',
  tls_protocol_error: 'U no',
  http_response_timeout: 'T yes',
  http_response_incomplete: 'U yes',
  http_response_body_size: 'U no',
  http_response_header_section_size: 'U no',
  http_response_content_coding: 'U no',
  http_protocol_error: 'U no',
  upstream_status: 'U no',
  invalid_body: 'U no',
  connection_limit_reached: 'L yes',
  deadline_exceeded: 'T yes',
  dependency_failed: 'U no',
  internal_error: 'U no',
  cancelled: 'U no',
}

t.test('every code has the class and the advice that the contract promises', async (t) => {
  const letters = { timeout: 'T', limit: 'L', upstream: 'U' }
  const codes = Object.keys(FAILURE_CODES) as FailureCode[]
  const told = codes.map((code) => {
    const made = failure(code, 'why')
    return [code, `${letters[made.class]} ${made.retryable ? 'yes' : 'no'}`]
  })
  t.same(Object.fromEntries(told), CONTRACT)
})

t.test('a failure has its words, no status, no wait and no cause, unless the occasion knows better', async (t) => {
  const { class: kind, retryable } = failure('dns_error', 'x')
  t.strictSame(failure('dns_error', 'why'), {
    code: 'dns_error',
    message: 'why',
    class: kind,
    retryable,
    upstreamStatus: null,
    retryAfterMs: null,
  })
  const cause = { source: 'user', code: 'dns_error' } as const
  t.match(failure('dependency_failed', 'why', { class: 'timeout', retryable: true, cause }), {
    class: 'timeout',
    retryable: true,
    cause,
  })
})

t.test('a status that may pass is retryable, and only 429 is a limit', async (t) => {
  for (const [status, kind, retryable] of [
    [301, 'upstream', false],
    [404, 'upstream', false],
    [428, 'upstream', false],
    [429, 'limit', true],
    [499, 'upstream', false],
    [500, 'upstream', true],
    [503, 'upstream', true],
    [599, 'upstream', true],
  ] as const) {
    const code = 'upstream_status'
    const expected = { code, class: kind, retryable, upstreamStatus: status, retryAfterMs: 2000 }
    t.match(statusFailure('news', status, 2000), expected, String(status))
  }
  t.match(statusFailure('news', 500, null), { message: 'news answered with status 500', retryAfterMs: null })
})
