import t from 'tap'
import { blackHole, refusedPort, stoppedListener } from '../support/upstream/holes.ts'
import { faultTable } from './table.ts'

t.test('connections that cannot be opened, or break', async (t) => {
  const [refused, hole, stopped] = await Promise.all([refusedPort(t), blackHole(t), stoppedListener(t)])
  await faultTable(t, [
    { target: `${refused.origin}/x`, code: 'connection_refused', retryable: true },
    {
      target: `${hole.origin}/x`,
      code: 'connection_timeout',
      source: { connectTimeout: '150ms' },
      fromMs: 150,
      toMs: 700,
      retryable: true,
    },
    {
      target: `${hole.origin}/call-shorter-than-connect`,
      code: 'connection_timeout',
      source: { timeout: '120ms' },
      fromMs: 120,
      toMs: 700,
    },
    {
      target: `${stopped.origin}/x`,
      code: 'http_response_timeout',
      source: { timeout: '150ms' },
      fromMs: 150,
      toMs: 700,
    },
    {
      target: 'http://no-such-host.invalid/x',
      code: 'dns_error',
      source: { connectTimeout: '900ms' },
      toMs: 900,
      retryable: true,
    },
    { target: '/fin-before-headers', code: 'connection_terminated', retryable: true },
    { target: '/rst-before-headers', code: 'connection_terminated' },
    { target: '/fin-in-headers', code: 'connection_terminated' },
    { target: '/rst-in-headers', code: 'connection_terminated' },
    { target: '/ok-close', code: 'ok' },
  ])
})
