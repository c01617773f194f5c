import { propagate } from '../../src/policies/propagate.ts'
import { retry } from '../../src/policies/retry.ts'
import { DATA, failing, test } from './bench.ts'

test('adds the request id and traceparent after the other headers', async (t, bench) => {
  const call = bench.call()
  const request = { ...call.request, headers: ['accept', 'application/json'] }
  t.equal(await propagate(bench.script(DATA))({ ...call, request }), DATA)
  const sent = bench.reached[0]
  t.strictSame(sent?.request.headers.slice(0, -1), [...request.headers, 'x-request-id', 'request', 'traceparent'])
  t.equal(sent?.request.headers.at(-1), `00-${call.context.trace.traceId}-${sent?.spanId}-01`)
  t.match(sent?.spanId, /^[\da-f]{16}$/)
  t.equal(sent?.request.key, call.request.key, 'what the calls have in common stays the same')
})

test("sends the client's tracestate", async (t, bench) => {
  const call = bench.call()
  const context = { ...call.context, trace: { ...call.context.trace, state: 'a=1' } }
  await propagate(bench.script(DATA))({ ...call, context })
  t.strictSame(bench.reached[0]?.request.headers.slice(-2), ['tracestate', 'a=1'])
})

test('each attempt of a call has its own span', async (t, bench) => {
  const again = retry(
    { attempts: 3, baseDelayMs: 0, maxDelayMs: 0, minTimeMs: 0 },
    {
      budget: null,
      clock: bench.clock,
      random: () => 0,
    },
  )
  const ended = again(propagate(bench.script(failing('connection_refused'), failing('connection_refused'), DATA)))(
    bench.call(),
  )
  await bench.clock.advance(100)
  t.equal(await ended, DATA)
  const spans = bench.reached.map(({ spanId }) => spanId)
  t.equal(new Set(spans).size, 3)
  t.equal(new Set(bench.reached.map(({ context }) => context.trace.traceId)).size, 1)
})
