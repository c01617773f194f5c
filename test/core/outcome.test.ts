import t from 'tap'
import { type Call, newRecord } from '../../src/core/call.ts'
import { Cancel } from '../../src/core/cancel.ts'
import { statusFailure } from '../../src/core/failure.ts'
import { cutShort, failed, live } from '../../src/core/outcome.ts'
import { newAllowance } from '../support/allowance.ts'
import { TRACE } from '../support/trace.ts'

const call: Call = {
  id: 'front',
  source: 'news',
  context: { requestId: 'request', trace: TRACE, made: new Map(), allowance: newAllowance() },
  request: { method: 'GET', path: '/secret', headers: [], body: null, isRepeatable: true, key: 'k', shown: () => null },
  deadline: { at: 1500.4, cause: 'attempt', spanMs: 499.6 },
  cancel: new Cancel(),
  kind: 'first',
  record: newRecord(),
}

t.test('data, empty and failed outcomes differ in their fields', async (t) => {
  const body = Buffer.from('1')
  const rest = { from: 'live', ageMs: 0, freshForMs: null, attemptMs: 0 }
  t.strictSame(live(body, 201), { body, failure: null, upstreamStatus: 201, ...rest })
  t.strictSame(live(null, 204, 7), { body: null, failure: null, upstreamStatus: 204, ...rest, attemptMs: 7 })
  const failure = statusFailure('news', 503, null)
  t.strictSame(failed(failure), { body: null, failure, upstreamStatus: 503, ...rest })
  t.equal(failed(failure, 7).attemptMs, 7)
})

t.test('the cancel reason decides the failure code, and the message contains only the source', async (t) => {
  for (const [reason, code, message] of [
    ['client', 'cancelled', 'the client went away'],
    ['superseded', 'cancelled', 'another attempt was faster'],
    ['batch', 'deadline_exceeded', 'news did not answer before the deadline'],
    ['call', 'http_response_timeout', 'news did not answer within 500 ms'],
    ['attempt', 'http_response_timeout', 'news did not answer within 500 ms'],
  ] as const) {
    t.match(cutShort(call, reason), { body: null, upstreamStatus: null, failure: { code, message } }, reason)
  }
})
