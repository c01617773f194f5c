import t from 'tap'
import { endpointOf } from '../../src/aggregate/endpoint.ts'
import { entryOf, menuOf } from '../../src/aggregate/menu.ts'
import { makePlan } from '../../src/aggregate/plan.ts'
import { selectByBatch, selectByQuery } from '../../src/aggregate/selection.ts'
import type { Source } from '../../src/source/source.ts'
import { asker, makeSource } from './bench.ts'
import { bind, test } from './composed.ts'

test(t, 'each call is told of as it ends, before the answer is there', async (t, composed) => {
  composed.add('slow', '/slow', (call) => composed.later(call, 300, '1'))
  composed.add('user', '/user', (call) => composed.later(call, 20, '{"id":7}'), { hidden: true, isRead: true })
  composed.add('orders', '/orders/{id}', (call) => composed.later(call, 20, '[]'), { bind: [bind('id', 'user', 'id')] })
  let isAnswered = false
  const answered = composed.get().then((got) => {
    isAnswered = true
    return got
  })
  await composed.clock.advance(20)
  t.strictSame(composed.settled, ['user'])
  await composed.clock.advance(20)
  t.strictSame(composed.settled, ['user', 'orders'])
  t.equal(isAnswered, false)
  await composed.clock.advance(260)
  t.strictSame(composed.settled, ['user', 'orders', 'slow'])
  t.same((await answered).data, { slow: 1, orders: [] })
})

/** An endpoint over sources without a view. */
function endpoint(...sources: readonly Source[]) {
  const menu = menuOf(sources.map(entryOf), new Map(sources.map((source) => [source.id, source])))
  return endpointOf({ view: null, shape: null, deadlineMs: 1000, menu, explainAllowed: true })
}

t.test('an endpoint in which no client has a part is planned once', async (t) => {
  const all = endpoint(makeSource('a'), makeSource('b'))
  const nodesOf = (query = {}) => makePlan(selectByQuery(all, asker(query)), 25).nodes
  t.equal(nodesOf(), nodesOf({ explain: 'true' }), 'the very same')
  t.strictSame(
    nodesOf().map(({ key, required }) => [key, required]),
    [
      ['a', false],
      ['b', false],
    ],
  )
  t.strictSame(
    nodesOf({ sources: 'b' }).map(({ key }) => key),
    ['b'],
  )
  t.ok(
    nodesOf({ strict: 'true' }).every(({ required }) => required),
    'strict is of one request',
  )
  t.throws(() => nodesOf({ nope: '1' }), { message: /There is no parameter "nope"/ })
  const batch = { requests: [{ id: 'mine', source: 'b' }] }
  const { nodes } = makePlan(selectByBatch(all, asker(), batch, new Map([['b', makeSource('b')]])), 25)
  t.strictSame(
    nodes.map(({ key }) => key),
    ['mine'],
  )
})

t.test('one with a parameter, or with a header that is passed on, is planned for each request', async (t) => {
  t.equal(endpoint(makeSource('a'), makeSource('b', { q: {} })).constant, null)
  t.equal(endpoint(makeSource('a', {}, { forwardHeaders: ['authorization'] })).constant, null)
})
