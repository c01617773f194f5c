import { failure, statusFailure } from '../../src/core/failure.ts'
import { failed, live, type Outcome } from '../../src/core/outcome.ts'
import { fallback } from '../../src/policies/fallback.ts'
import { answering, DATA, test } from './bench.ts'

const body = Buffer.from('{"articles":[]}')

for (const reason of [
  statusFailure('weather', 503, 2000),
  failure('deadline_exceeded', 'late'),
  failure('connection_limit_reached', 'full'),
  failure('dependency_failed', 'no user', { cause: { source: 'user', code: 'dns_error' } }),
]) {
  test(`replaces ${reason.code}, which is still reported`, async (t, bench) => {
    const outcome = await fallback(body)(answering(failed(reason)))(bench.call())
    t.equal(outcome.body, body)
    t.equal(outcome.failure, reason)
    t.match(outcome, { from: 'fallback', upstreamStatus: reason.upstreamStatus, ageMs: 0 })
  })
}

const stale: Outcome = { ...DATA, failure: failure('dns_error', 'gone'), from: 'stale', ageMs: 5 }
for (const [name, outcome] of Object.entries({
  data: DATA,
  'an empty answer': live(null, 204),
  'a stale value': stale,
})) {
  test(`${name} is not replaced`, async (t, bench) => {
    t.equal(await fallback(body)(answering(outcome))(bench.call()), outcome)
  })
}
