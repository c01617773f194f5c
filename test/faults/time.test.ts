import t from 'tap'
import { faultTable } from './table.ts'

const short = { source: { timeout: '150ms' }, fromMs: 150, toMs: 700, code: 'http_response_timeout', retryable: true }

t.test('upstreams that take too long', async (t) => {
  await faultTable(t, [
    { target: '/silent', ...short },
    { target: '/silent?attempt', ...short, source: { timeout: '900ms', attemptTimeout: '150ms' } },
    { target: '/late?delayMs=600', ...short },
    { target: '/drip-headers?gapMs=20', ...short },
    { target: '/stall-in-headers', ...short },
    { target: '/stall-in-body', ...short },
    { target: '/drip-body', ...short },
    { target: '/endless-103', ...short },
    { target: '/interim?count=3', code: 'ok', data: '{"ok":true}' },
    { target: '/continue-unasked', code: 'ok', data: '{"ok":true}' },
  ])
})
