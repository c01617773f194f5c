import type { Call } from '../../src/core/call.ts'
import { Events } from '../../src/core/events.ts'
import { failure } from '../../src/core/failure.ts'
import { failed, type Outcome } from '../../src/core/outcome.ts'
import { observe } from '../../src/policies/observe.ts'
import { DATA, test } from './bench.ts'

for (const outcome of [DATA, failed(failure('connection_refused', 'refused'))]) {
  const word = outcome.failure === null ? 'success' : 'failure'
  test(`the times of a ${word} are recorded, its event is emitted once, and it passes unchanged`, async (t, bench) => {
    const events = new Events()
    const told: [Call, Outcome, number][] = []
    events.listen({ call: ({ call, outcome }) => told.push([call, outcome, call.record.endedAt]) })
    const call = bench.call()
    const stack = observe('call', events, bench.clock)(bench.source)
    await bench.clock.advance(5)
    const ended = stack(call)
    await bench.clock.advance(40)
    t.same(told, [], 'nothing is told of a call that still runs')
    bench.end(0, outcome)
    t.equal(await ended, outcome)
    t.equal(bench.reached[0], call, 'what is below gets the same call')
    t.match(call.record, { startedAt: 1005, endedAt: 1045 })
    t.strictSame(told, [[call, outcome, 1045]], 'the end was noted before it was told')
  })
}
