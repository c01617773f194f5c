import { compose } from '../../src/core/call.ts'
import { Coalesce } from '../../src/policies/coalesce.ts'
import { hedge } from '../../src/policies/hedge.ts'
import { maxAttempts } from '../../src/policies/max-attempts.ts'
import { fixedDelay } from '../../src/policies/parts/hedge-delay.ts'
import { retry } from '../../src/policies/retry.ts'
import { newAllowance } from '../support/allowance.ts'
import { type Bench, DATA, failing, test } from './bench.ts'

const contextOf = (bench: Bench, attempts: number) => ({
  ...bench.call().context,
  allowance: newAllowance({ maxAttempts: attempts }),
})

test('attempts above the limit are refused, counting all sources of an answer', async (t, bench) => {
  const context = contextOf(bench, 2)
  const stack = maxAttempts(bench.script(DATA))
  const outcomes = []
  for (const source of ['a', 'b', 'c']) outcomes.push(await stack(bench.call(source, { source, context })))
  t.strictSame(outcomes.slice(0, 2), [DATA, DATA])
  t.match(outcomes[2]?.failure, {
    code: 'connection_limit_reached',
    class: 'limit',
    counts: false,
    message: 'c was not called: this answer has made all of its 2 upstream requests (server.maxAttempts)',
  })
  t.equal(bench.reached.length, 2)
})

test('an attempt that a queue refused is returned', async (t, bench) => {
  const context = contextOf(bench, 1)
  const stack = maxAttempts(bench.script(failing('connection_limit_reached'), failing('destination_unavailable'), DATA))
  for (const _ of [1, 2]) t.not((await stack(bench.call('a', { context }))).failure, null)
  t.equal(await stack(bench.call('a', { context })), DATA)
  t.match(await stack(bench.call('a', { context })), { failure: { code: 'connection_limit_reached' } })
})

test('a retry above the limit is not made, and the last failure is returned at once', async (t, bench) => {
  const context = contextOf(bench, 2)
  const limits = { attempts: 5, baseDelayMs: 10, maxDelayMs: 10, minTimeMs: 0 }
  const again = retry(limits, { budget: null, clock: bench.clock, random: () => 1 })
  const ended = compose([again, maxAttempts], bench.script(failing('connection_refused')))(bench.call('a', { context }))
  await bench.clock.advance(10)
  t.match(await ended, { failure: { code: 'connection_refused' } })
  t.equal(bench.reached.length, 2)
})

test('a hedge above the limit is not made', async (t, bench) => {
  const context = contextOf(bench, 1)
  const beside = hedge({ delay: fixedDelay(10), budget: null, clock: bench.clock })
  const ended = compose([beside, maxAttempts], bench.source)(bench.call('a', { context }))
  await bench.clock.advance(20)
  t.equal(bench.reached.length, 1)
  bench.end(0)
  t.equal(await ended, DATA)
})

test('an answer without attempts left does not fail other answers with the same call', async (t, bench) => {
  const stack = compose([new Coalesce(true).policy, maxAttempts], bench.source)
  const spent = stack(bench.call('a', { context: contextOf(bench, 0) }))
  const other = stack(bench.call('b'))
  t.match(await spent, { failure: { code: 'connection_limit_reached' } })
  bench.end(0)
  t.equal(await other, DATA)
})
