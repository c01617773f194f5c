import t from 'tap'
import { endpointOf } from '../../src/aggregate/endpoint.ts'
import { entryOf, menuOf } from '../../src/aggregate/menu.ts'
import { makePlan } from '../../src/aggregate/plan.ts'
import { selectByBatch, selectByQuery } from '../../src/aggregate/selection.ts'
import { failure } from '../../src/core/failure.ts'
import { failed } from '../../src/core/outcome.ts'
import { NO_INPUT } from '../../src/source/request.ts'
import type { Source } from '../../src/source/source.ts'
import { asker, makeSource } from './bench.ts'
import { bind, test } from './composed.ts'

test(t, 'a stream has a record for each requested source as it ends, and then the end', async (t, composed) => {
  composed.add('slow', '/slow', (call) => composed.later(call, 300, '1'))
  composed.add('user', '/user', (call) => composed.later(call, 20, '{"id":7}'), { hidden: true, isRead: true })
  composed.add('orders', '/orders/{id}', (call) => composed.later(call, 20, '[1,\n2]'), {
    bind: [bind('id', 'user', 'id')],
  })
  composed.add('down', '/down', (call) =>
    composed.later(call, 50, failed(failure('connection_refused', 'down refused'))),
  )
  composed.add('ads', '/ads', () => failed(failure('connection_refused', 'ads refused')), { fallback: { value: [] } })
  const done = composed.stream()
  await composed.clock.advance(40)
  t.match(composed.records, [
    { id: 'ads', source: 'ads', ok: true, data: [], failure: { code: 'connection_refused', servedFrom: 'fallback' } },
    { id: 'orders', source: 'orders', ok: true, data: [1, 2] },
  ])
  await composed.clock.advance(60)
  t.match(composed.records[2], { id: 'down', ok: false, failure: { code: 'connection_refused' } })
  t.notOk('data' in (composed.records[2] as object))
  await composed.clock.advance(200)
  await done
  t.match(composed.records.slice(3), [
    { id: 'slow', ok: true, data: 1 },
    {
      done: true,
      status: 200,
      partial: true,
      failedSources: [{ id: 'down' }, { id: 'ads' }],
      meta: { requestId: 'req-1', durationMs: 300, deadlineMs: 1000 },
    },
  ])
})

test(t, 'the last record has the status that the plain answer would have had', async (t, composed) => {
  composed.add('a', '/a', () => failed(failure('connection_refused', 'a refused')))
  await composed.stream()
  t.match(composed.records[1], { done: true, status: 502, partial: true })
})

test(t, 'with explain, each record has its meta', async (t, composed) => {
  composed.add('a', '/a', () => '1')
  await composed.stream({ explain: 'true' })
  t.match(composed.records, [{ id: 'a', meta: { from: 'live', attempts: 1 } }, { meta: { sources: { a: {} } } }])
})

/** An endpoint over sources without a view. */
function endpoint(...sources: readonly Source[]) {
  const menu = menuOf(sources.map(entryOf), new Map(sources.map((source) => [source.id, source])))
  return endpointOf({
    view: null,
    shape: null,
    deadlineMs: 1000,
    menu,
    allowed: { explain: true, simulate: true, unknownQuery: 'refuse' },
  })
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

t.test('what a request asks for that gives nothing is read once, and is the same as when it is read', async (t) => {
  for (const all of [
    endpoint(makeSource('a'), makeSource('b', { q: {}, units: { default: 'metric' } })),
    endpoint(makeSource('a', {}, { forwardHeaders: ['authorization'] })),
  ]) {
    const read = selectByQuery({ ...all, bare: null }, asker())
    t.strictSame({ ...selectByQuery(all, asker()), endpoint: null }, { ...read, endpoint: null })
    t.equal(selectByQuery(all, asker()).asked, selectByQuery(all, asker()).asked, 'the very same')
    const prefer = asker({}, { client: { ...NO_INPUT, headers: { prefer: 'wait=1' } } })
    t.match(
      selectByQuery(all, prefer),
      { settings: { deadlineMs: 1000, applied: ['wait=1'] } },
      'not with a preference',
    )
  }
  const needing = endpoint(makeSource('a', { q: { required: true } }))
  t.equal(needing.bare, null)
  t.throws(() => selectByQuery(needing, asker()), { message: /"q" of a is missing/ })
  t.throws(() => selectByQuery(endpoint(), asker()), { message: /no source to ask here/ })
})
