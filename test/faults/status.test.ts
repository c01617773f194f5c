import t from 'tap'
import { faultTable } from './table.ts'

const status = (code: number, more = '') => ({
  target: `/status?code=${code}${more}`,
  code: 'upstream_status',
  upstreamStatus: code,
})

t.test('statuses', async (t) => {
  await faultTable(t, [
    { ...status(204), code: 'empty' },
    { ...status(205), code: 'empty' },
    { ...status(404), code: 'empty', source: { emptyStatuses: [404, 410] } },
    { ...status(404), retryable: false },
    { ...status(400, '&bodyBytes=100'), retryable: false },
    { ...status(301, '&location=/ok'), retryable: false },
    { ...status(302, '&location=http://127.0.0.66/') },
    { ...status(304) },
    { ...status(500), retryable: true },
    { ...status(502) },
    { ...status(500, '&bodyBytes=1000000') },
    { ...status(500, '&endless=1') },
    { ...status(500, '&dripMs=10') },
    { ...status(429), retryable: true },
    { ...status(429, '&retryAfter=2'), retryAfterMs: 2000 },
    { ...status(503, '&retryAfter=0'), retryAfterMs: 0 },
    { ...status(503, '&retryAfter=-1') },
    { ...status(503, '&retryAfter=1.5') },
    { ...status(503, '&retryAfter=soon') },
    { ...status(503, '&retryAfter=99999999'), retryAfterMs: 99_999_999_000 },
    { ...status(500, '&retryAfter=2') },
    { ...status(999), code: 'http_protocol_error' },
    { ...status(600), code: 'http_protocol_error' },
    { target: '/status?code=202&bodyBytes=0', code: 'invalid_body', upstreamStatus: 202 },
  ])
})
