import { live } from '../../src/core/outcome.ts'
import { measure } from '../../src/policies/measure.ts'
import { Latencies } from '../../src/policies/parts/latencies.ts'
import { type Bench, DATA, failing, test } from './bench.ts'

const latenciesOf = ({ clock }: Bench) => new Latencies(60_000, clock)

for (const [name, outcome, attempts, told] of [
  ['a success', DATA, 1, true],
  ['an empty answer', live(null, 204), 1, true],
  ['a failure', failing('http_response_timeout'), 2, true],
  ['a call cut by the deadline', failing('deadline_exceeded'), 1, true],
  ['an open breaker', failing('destination_unavailable'), 0, false],
  ['a full queue', failing('connection_limit_reached'), 0, false],
  ['a disconnected client', failing('cancelled'), 1, false],
] as const) {
  test(`${name} ${told ? 'is' : 'is not'} recorded, and passes unchanged`, async (t, bench) => {
    const latencies = latenciesOf(bench)
    const call = bench.call()
    const ended = measure(latencies, bench.clock)(bench.deaf)(call)
    await bench.clock.advance(40)
    call.record.effort.attempts = attempts
    bench.end(0, outcome)
    t.equal(await ended, outcome)
    t.equal(latencies.count, told ? 1 : 0)
    if (told) t.ok(Math.abs((latencies.quantile(1) ?? 0) - 40) <= 0.4)
  })
}

test('an exception below is rethrown, and nothing is recorded', async (t, bench) => {
  const latencies = latenciesOf(bench)
  const broken = () => Promise.reject(new Error('a bug'))
  await t.rejects(measure(latencies, bench.clock)(broken)(bench.call()), { message: 'a bug' })
  t.equal(latencies.count, 0)
})
