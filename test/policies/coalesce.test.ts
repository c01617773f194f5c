import { type Call, type CallContext, compose } from '../../src/core/call.ts'
import { Cancel } from '../../src/core/cancel.ts'
import { live } from '../../src/core/outcome.ts'
import { Coalesce, coalesceAnswer } from '../../src/policies/coalesce.ts'
import { deadline } from '../../src/policies/deadline.ts'
import { newAllowance } from '../support/allowance.ts'
import { TRACE } from '../support/trace.ts'
import { type Bench, DATA, failing, test } from './bench.ts'

const OTHER = live(Buffer.from('{"b":2}'), 200)
const context = (): CallContext => ({
  requestId: 'request',
  trace: TRACE,
  made: new Map(),
  allowance: newAllowance(),
})
const keyed = (key: string): Pick<Call, 'request'> => ({
  request: { method: 'GET', path: '/', headers: [], body: null, isRepeatable: true, key, shown: () => null },
})

test('within an answer, equal calls are made once, and share the outcome and the effort', async (t, bench) => {
  const stack = coalesceAnswer(bench.source)
  const [a, b] = [bench.call('a', { context: context() }), bench.call('b')]
  const same = { ...b, context: a.context }
  const ended = [stack(a), stack(same)]
  t.equal(bench.reached.length, 1)
  t.equal(bench.reached[0], a)
  bench.end(0)
  t.strictSame(await Promise.all(ended), [DATA, DATA])
  t.equal(same.record.effort, a.record.effort)
  t.equal(same.record.effort.attempts, 1)
})

test('within an answer, a call that has ended or failed is not repeated', async (t, bench) => {
  const outcome = failing('connection_refused')
  const stack = coalesceAnswer(bench.script(outcome, DATA))
  const shared = context()
  t.equal(await stack(bench.call('a', { context: shared })), outcome)
  t.equal(await stack(bench.call('b', { context: shared })), outcome)
  t.equal(bench.reached.length, 1)
})

for (const [name, over] of Object.entries({
  'another key': (shared: CallContext) => ({ context: shared, ...keyed('GET /other') }),
  'another source': (shared: CallContext) => ({ context: shared, source: 'news' }),
  'another answer': () => ({ context: context() }),
})) {
  test(`${name} is a different call`, async (t, bench) => {
    const stack = coalesceAnswer(bench.script(DATA, OTHER))
    const shared = context()
    t.equal(await stack(bench.call('a', { context: shared })), DATA)
    t.equal(await stack(bench.call('b', over(shared))), OTHER)
  })
}

test('within an answer, the effort is that of the call that is shared across answers', async (t, bench) => {
  const across = new Coalesce(false)
  const stack = compose([coalesceAnswer, across.policy], bench.source)
  const leader = bench.call('leader', { context: context() })
  const shared = context()
  const calls = [leader, bench.call('a', { context: shared }), bench.call('b', { context: shared })]
  const ended = calls.map((call) => stack(call))
  t.equal(bench.reached.length, 1)
  for (const call of calls) t.equal(call.record.effort, leader.record.effort)
  t.equal(calls[2]?.record.effort.attempts, 1)
  bench.end(0)
  await Promise.all(ended)
})

/** Callers of several answers, each with its own deadline. */
function setUp(bench: Bench, keeps = false) {
  const coalesce = new Coalesce(keeps)
  const stack = compose([deadline(), coalesce.policy], bench.source)
  const ask = (id: string, over: Partial<Call> = {}) => {
    const call = bench.call(id, { context: context(), ...over })
    return { call, ended: stack(call) }
  }
  /** Cancels as the answer does at its deadline. */
  const askFor = (ms: number, id: string) => {
    const asked = ask(id)
    const timer = bench.clock.setTimeout(() => asked.call.cancel.cancel('batch'), ms)
    void asked.ended.then(() => bench.clock.clearTimeout(timer))
    return asked
  }
  return { coalesce, ask, askFor }
}

test('across answers, equal concurrent calls are made once', async (t, bench) => {
  const { ask } = setUp(bench)
  const [a, b] = [ask('a'), ask('b')]
  t.equal(bench.reached.length, 1)
  bench.end(0)
  t.strictSame(await Promise.all([a.ended, b.ended]), [DATA, DATA])
  t.equal(a.call.record.effort, b.call.record.effort)
  t.equal(a.call.record.effort.attempts, 1)
})

test('the shared call has no deadline, cancel or record of any caller', async (t, bench) => {
  const { ask } = setUp(bench)
  const { call, ended } = ask('a')
  const made = bench.reached[0]
  t.strictSame(made?.deadline, { at: Infinity, cause: 'call', spanMs: Infinity })
  t.not(made?.cancel, call.cancel)
  t.not(made?.record, call.record)
  t.equal(made?.request, call.request)
  bench.end(0)
  await ended
  t.equal(call.record.effort, made?.record.effort)
})

test('successive equal calls are made twice, also after a failure', async (t, bench) => {
  const { ask } = setUp(bench)
  const first = ask('a')
  const outcome = failing('connection_refused')
  bench.end(0, outcome)
  t.equal(await first.ended, outcome)
  const second = ask('b')
  t.equal(bench.reached.length, 2)
  bench.end(1)
  t.equal(await second.ended, DATA)
})

test('calls with different keys are not shared', async (t, bench) => {
  const { ask } = setUp(bench)
  const [a, b] = [ask('a'), ask('b', keyed('GET /other'))]
  bench.end(1, OTHER)
  bench.end(0)
  t.strictSame(await Promise.all([a.ended, b.ended]), [DATA, OTHER])
})

test('a leader with 100 ms neither ends nor shortens the call of a follower with 1,000', async (t, bench) => {
  const { askFor } = setUp(bench)
  const [leader, follower] = [askFor(100, 'leader'), askFor(1000, 'follower')]
  await bench.clock.advance(100)
  t.match(await leader.ended, { failure: { code: 'deadline_exceeded' } })
  t.equal(bench.reached[0]?.cancel.reason, null)
  await bench.clock.advance(800)
  bench.end(0)
  t.equal(await follower.ended, DATA)
})

test('a follower with 100 ms leaves in time, and the leader with 1,000 goes on', async (t, bench) => {
  const { askFor } = setUp(bench)
  const [leader, follower] = [askFor(1000, 'leader'), askFor(100, 'follower')]
  await bench.clock.advance(100)
  t.match(await follower.ended, { failure: { code: 'deadline_exceeded' } })
  t.equal(bench.reached[0]?.cancel.reason, null)
  await bench.clock.advance(800)
  bench.end(0)
  t.equal(await leader.ended, DATA)
})

for (const [name, order] of Object.entries({ 'the leader first': [0, 1, 2], 'the leader last': [2, 1, 0] })) {
  test(`when the last caller leaves, the call ends at once (${name})`, async (t, bench) => {
    const { ask } = setUp(bench)
    const asked = [ask('a'), ask('b'), ask('c')]
    for (const place of order) {
      t.equal(bench.reached[0]?.cancel.reason, null)
      asked[place]?.call.cancel.cancel('client')
    }
    t.equal(bench.reached[0]?.cancel.reason, 'client')
    for (const { ended } of asked) t.match(await ended, { failure: { code: 'cancelled' } })
  })
}

test('without a cache, the call ends when all callers have reached their deadline', async (t, bench) => {
  const { askFor } = setUp(bench)
  const asked = [askFor(100, 'a'), askFor(200, 'b')]
  await bench.clock.advance(199)
  t.equal(bench.reached[0]?.cancel.reason, null)
  await bench.clock.advance(1)
  t.equal(bench.reached[0]?.cancel.reason, 'batch')
  for (const { ended } of asked) t.match(await ended, { failure: { code: 'deadline_exceeded' } })
})

test('a caller that arrives after the call was cancelled starts a new one', async (t, bench) => {
  const { ask } = setUp(bench)
  const gone = ask('a')
  gone.call.cancel.cancel('client')
  const next = ask('b')
  t.equal(bench.reached.length, 2)
  bench.end(1)
  t.equal(await next.ended, DATA)
  await gone.ended
})

test('when a cancelled call ends, the one that replaced it can still be joined', async (t, bench) => {
  const coalesce = new Coalesce(false)
  const stack = coalesce.policy(bench.deaf)
  const gone = bench.call('a')
  const cut = stack(gone)
  gone.cancel.cancel('client')
  await cut
  const second = stack(bench.call('b'))
  bench.end(0)
  await bench.clock.advance(0)
  const third = stack(bench.call('c'))
  t.equal(bench.reached.length, 2, 'the third joins the second')
  bench.end(1, OTHER)
  t.strictSame(await Promise.all([second, third]), [OTHER, OTHER])
})

test('with a cache, the call continues after all callers have reached their deadline, and new callers join it', async (t, bench) => {
  const { askFor, ask } = setUp(bench, true)
  const asked = [askFor(100, 'a'), askFor(200, 'b')]
  await bench.clock.advance(500)
  for (const { ended } of asked) t.match(await ended, { failure: { code: 'deadline_exceeded' } })
  t.equal(bench.reached[0]?.cancel.reason, null)
  const late = ask('late')
  t.equal(bench.reached.length, 1)
  bench.end(0)
  t.equal(await late.ended, DATA)
})

test('with a cache, the call ends when all clients have disconnected', async (t, bench) => {
  const { ask } = setUp(bench, true)
  const [a, b] = [ask('a'), ask('b')]
  a.call.cancel.cancel('client')
  t.equal(bench.reached[0]?.cancel.reason, null)
  b.call.cancel.cancel('client')
  t.equal(bench.reached[0]?.cancel.reason, 'client')
  await Promise.all([a.ended, b.ended])
})

test('with a cache, a caller that reached its deadline still counts: the client that disconnects later is not the last', async (t, bench) => {
  const { ask } = setUp(bench, true)
  const [late, gone] = [ask('late'), ask('gone')]
  late.call.cancel.cancel('batch')
  gone.call.cancel.cancel('client')
  t.equal(bench.reached[0]?.cancel.reason, null)
  bench.end(0)
  await Promise.all([late.ended, gone.ended])
})

test('a caller that is already cancelled neither starts nor joins a call', async (t, bench) => {
  const coalesce = new Coalesce(false)
  const stack = coalesce.policy(bench.source)
  const gone = new Cancel()
  gone.cancel('client')
  t.match(await stack(bench.call('a', { cancel: gone })), { failure: { code: 'cancelled' } })
  t.equal(bench.reached.length, 0)
  const running = stack(bench.call('b'))
  t.match(await stack(bench.call('c', { cancel: gone })), { failure: { code: 'cancelled' } })
  bench.end(0)
  t.equal(await running, DATA)
})

test('a caller that leaves twice, by its deadline and then by its client, counts once', async (t, bench) => {
  const { ask } = setUp(bench)
  const [a, b] = [ask('a'), ask('b')]
  a.call.cancel.cancel('batch')
  a.call.cancel.cancel('client')
  t.equal(bench.reached[0]?.cancel.reason, null)
  bench.end(0)
  t.equal(await b.ended, DATA)
  await a.ended
})

test('close ends running calls', async (t, bench) => {
  const { coalesce, ask } = setUp(bench, true)
  const asked = [ask('a'), ask('b', keyed('GET /other'))]
  coalesce.close()
  for (const { cancel } of bench.reached) t.equal(cancel.reason, 'client')
  for (const { ended } of asked) t.match(await ended, { failure: { code: 'cancelled' } })
})

test('an exception below reaches all callers, and the call can no longer be joined', async (t, bench) => {
  const coalesce = new Coalesce(true)
  let made = 0
  const stack = coalesce.policy(async () => {
    made += 1
    if (made === 1) throw new Error('a bug')
    return DATA
  })
  const both = [stack(bench.call('a')), stack(bench.call('b'))]
  for (const ended of both) await t.rejects(ended, { message: 'a bug' })
  t.equal(await stack(bench.call('c')), DATA)
})
