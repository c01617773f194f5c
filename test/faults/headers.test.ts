import t from 'tap'
import { faultTable } from './table.ts'

const protocol = { code: 'http_protocol_error', retryable: false }

t.test('response heads that are not HTTP/1.1, or too large', async (t) => {
  await faultTable(t, [
    { target: '/large-headers', code: 'http_response_header_section_size', retryable: false },
    { target: '/large-headers?bytes=15000&count=1', code: 'ok' },
    { target: '/nul-in-header', ...protocol },
    { target: '/cr-in-header', ...protocol },
    { target: '/space-before-colon', ...protocol },
    { target: '/no-colon', ...protocol },
    { target: '/bad-status-line', ...protocol },
    { target: '/bad-version', ...protocol },
    { target: '/http09', ...protocol },
    { target: '/bare-lf', ...protocol },
    { target: '/duplicate-content-length', ...protocol },
    { target: '/garbage-content-length', ...protocol },
    { target: '/garbage-content-length?value=%2b11', ...protocol },
    { target: '/negative-content-length', ...protocol },
    { target: '/content-length-with-chunked', ...protocol },
    // such a body ends when the connection closes (RFC 9112, section 6.3), but this upstream keeps it open
    {
      target: '/chunked-not-last',
      code: 'http_response_timeout',
      source: { timeout: '150ms' },
      fromMs: 150,
      toMs: 700,
    },
  ])
})
