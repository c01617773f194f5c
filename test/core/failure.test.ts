import t from 'tap'
import { FAILURE_CODES, type FailureCode, failure, statusFailure } from '../../src/core/failure.ts'

/** The table of the contract, "Failure codes": class, retryable, retried (as a rule), counts for the breaker. */
const CONTRACT: Record<FailureCode, string> = {
  connection_refused: 'U yes yes yes',
  connection_terminated: 'U yes yes yes',
  connection_timeout: 'T yes yes yes',
  dns_error: 'U yes no yes',
  tls_certificate_error: 'U no no yes',
  tls_protocol_error: 'U no no yes',
  tls_alert_received: 'U no no yes',
  http_response_timeout: 'T yes yes yes',
  http_response_incomplete: 'U yes yes yes',
  http_response_body_size: 'U no no yes',
  http_response_header_section_size: 'U no no yes',
  http_response_content_coding: 'U no no yes',
  http_protocol_error: 'U no no yes',
  upstream_status: 'U no no no',
  upstream_error: 'U no no no',
  authorization_failed: 'U yes no no',
  invalid_body: 'U no no no',
  select_failed: 'U no no no',
  destination_unavailable: 'L yes no no',
  connection_limit_reached: 'L yes no no',
  destination_ip_prohibited: 'U no no no',
  deadline_exceeded: 'T yes no no',
  dependency_failed: 'U no no no',
  internal_error: 'U no no no',
  cancelled: 'U no no no',
}

t.test('every code has the class and the retry advice of the contract', async (t) => {
  const letters = { timeout: 'T', limit: 'L', upstream: 'U' }
  const codes = Object.keys(FAILURE_CODES) as FailureCode[]
  const told = codes.map((code) => {
    const made = failure(code, 'why')
    const marks = [made.retryable, made.retry !== 'never', made.counts].map((mark) => (mark ? 'yes' : 'no'))
    return [code, [letters[made.class], ...marks].join(' ')]
  })
  t.same(Object.fromEntries(told), CONTRACT)
})

t.test('a failure has a message, and no status, Retry-After or cause unless they are given', async (t) => {
  const { class: kind, retryable, retry, counts } = failure('dns_error', 'x')
  t.strictSame(failure('dns_error', 'why'), {
    code: 'dns_error',
    message: 'why',
    class: kind,
    retryable,
    retry,
    counts,
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

t.test('of all statuses only 429 is a limit, and only 5xx count for the breaker', async (t) => {
  for (const [status, kind, retryable, retry, counts] of [
    [301, 'upstream', false, 'never', false],
    [404, 'upstream', false, 'never', false],
    [428, 'upstream', false, 'never', false],
    [429, 'limit', true, 'later', false],
    [499, 'upstream', false, 'never', false],
    [500, 'upstream', true, 'never', true],
    [501, 'upstream', true, 'never', true],
    [502, 'upstream', true, 'soon', true],
    [503, 'upstream', true, 'later', true],
    [504, 'upstream', true, 'soon', true],
    [599, 'upstream', true, 'never', true],
  ] as const) {
    const code = 'upstream_status'
    const expected = { code, class: kind, retryable, retry, counts, upstreamStatus: status, retryAfterMs: 2000 }
    t.match(statusFailure('news', status, 2000), expected, String(status))
  }
  t.match(statusFailure('news', 500, null), { message: 'news answered with status 500', retryAfterMs: null })
  t.equal(statusFailure('news', 429, null).retry, 'never', 'a limit that does not say when it ends')
})
