import { failure } from '../../src/core/failure.ts'
import { failed, live } from '../../src/core/outcome.ts'
import { maxAnswerBytes } from '../../src/policies/max-answer-bytes.ts'
import { newAllowance } from '../support/allowance.ts'
import { answering, type Bench, test } from './bench.ts'

const KIB = 1024
const body = (bytes: number) => live(Buffer.alloc(bytes, '1'), 200)
const contextOf = (bench: Bench) => ({
  ...bench.call().context,
  allowance: newAllowance({ maxAnswerBytes: 4 * KIB }),
})

test('data above the limit of the answer is dropped, and smaller data still fits', async (t, bench) => {
  const context = contextOf(bench)
  const stack = maxAnswerBytes(bench.script(body(3 * KIB), body(2 * KIB), body(KIB), body(1)))
  const outcomes = []
  for (const source of ['a', 'b', 'c', 'd']) outcomes.push(await stack(bench.call(source, { source, context })))
  t.strictSame(
    outcomes.map(({ body }) => body?.length ?? null),
    [3 * KIB, null, KIB, null],
  )
  t.match(outcomes[1], {
    upstreamStatus: 200,
    failure: {
      code: 'http_response_body_size',
      counts: false,
      message: 'the data of b does not fit into this answer, which holds at most 4 KiB (server.maxAnswerBytes)',
    },
  })
  t.equal(context.allowance.isFull, true)
})

test('empty and failed outcomes take no bytes', async (t, bench) => {
  const context = contextOf(bench)
  const stack = maxAnswerBytes(bench.script(live(null, 204), body(4 * KIB)))
  for (const _ of [1, 2]) t.equal((await stack(bench.call('a', { context }))).failure, null)
})

test('a body above the whole limit does not mark the answer as full', async (t, bench) => {
  const context = contextOf(bench)
  const stack = maxAnswerBytes(bench.script(body(5 * KIB)))
  t.match(await stack(bench.call('a', { context })), { failure: { code: 'http_response_body_size' } })
  t.equal(context.allowance.isFull, false)
})

test('details of failures count too, and are dropped if they do not fit', async (t, bench) => {
  const details = Buffer.from('{"reason":"x"}')
  const refused = failed(failure('upstream_status', 'no', { details }))
  const call = bench.call('weather', {
    context: { ...bench.call().context, allowance: newAllowance({ maxAnswerBytes: 20 }) },
  })
  t.equal((await maxAnswerBytes(answering(refused))(call)).failure?.details, details)
  const dropped = await maxAnswerBytes(answering(refused))(call)
  t.equal(dropped.failure?.code, 'upstream_status')
  t.notOk('details' in (dropped.failure ?? {}))
})
