import fc from 'fast-check'
import t from 'tap'
import type { Call } from '../../src/core/call.ts'
import { failure, statusFailure } from '../../src/core/failure.ts'
import { failed, live, type Outcome } from '../../src/core/outcome.ts'
import { compileExpression } from '../../src/json/jmespath.ts'
import { compileBody } from '../../src/source/body-template.ts'
import { json } from './bench.ts'
import { bind, Composed, each, endOf, type Reply, test as testOf } from './composed.ts'

const test = (name: string, body: Parameters<typeof testOf>[2]) => testOf(t, name, body)
const idOf = ({ request }: Call) => decodeURIComponent(request.path.slice('/story/'.length))
const GONE = failed(statusFailure('story', 410, null))

type StoryOptions = Parameters<Composed['add']>[3]

/** `story` is called for each item of `list`, which is hidden. */
function stories(
  composed: Composed,
  list: string | Outcome,
  reply: (id: string, call: Call) => Reply = (id) => JSON.stringify(`story ${id}`),
  over: StoryOptions = {},
): void {
  composed.add('list', '/list', () => list, { hidden: true })
  composed.add('story', '/story/{id}', (call) => reply(idOf(call), call), { forEach: each('list'), ...over })
}

test('makes one call per item; data is a list in the order of the items, in any order of completion', async (t, composed) => {
  stories(composed, '[3,1,2]', (id, call) => composed.later(call, Number(id) * 10, `{"id": ${id}.0}`))
  const asked = composed.get()
  await composed.clock.advance(30)
  const got = await asked
  t.match(got.text, /^\{"data":\{"story":\[\{"id": 3\.0\},\{"id": 1\.0\},\{"id": 2\.0\}\]\},/)
  t.strictSame(composed.sent, ['list /list', 'story /story/3', 'story /story/1', 'story /story/2'])
  t.match(got, { status: 200, partial: false })
  t.strictSame(got.failedSources, [])
  t.strictSame(got.meta.truncated, undefined)
})

test('`select` selects the list', async (t, composed) => {
  stories(composed, '{"top":[{"id":"a"},{"id":"b"},{"id":"c"}]}', undefined, {
    forEach: each('list', { select: compileExpression('top[:2].id') }),
  })
  t.strictSame((await composed.get()).data, { story: ['story a', 'story b'] })
})

test('an item can be used like a bound value, beside other bound values and client parameters', async (t, composed) => {
  composed.add('list', '/list', () => '[1,"b"]', { hidden: true })
  composed.add('user', '/user', () => '{"token":"t0"}', { hidden: true })
  composed.add('story', '/story{?lang}', () => '1', {
    method: 'POST',
    forEach: each('list'),
    bind: [bind('token', 'user', 'token')],
    headers: { 'x-item': '{id}', authorization: '{token}' },
    body: compileBody({ id: '{id}', token: '{token}' }),
    params: { lang: { type: 'string' } },
  })
  t.strictSame((await composed.get({ lang: 'de' })).data, { story: [1, 1] })
  const made = composed.requests.filter(({ method }) => method === 'POST')
  t.strictSame(
    made.map(({ path, body, headers }) => [
      path,
      JSON.parse(String(body)),
      headers[headers.indexOf('x-item') + 1],
      headers[headers.indexOf('authorization') + 1],
    ]),
    [
      ['/story?lang=de', { id: 1, token: 't0' }, '1', 't0'],
      ['/story?lang=de', { id: 'b', token: 't0' }, 'b', 't0'],
    ],
  )
})

test('equal items share a call and its outcome, including a failure', async (t, composed) => {
  stories(composed, '[1,2,1,2,1]', (id) => (id === '2' ? GONE : `"${id}"`))
  const got = await composed.get()
  t.strictSame(composed.sent, ['list /list', 'story /story/1', 'story /story/2'])
  t.strictSame(got.data, { story: ['1', null, '1', null, '1'] })
  t.strictSame(
    got.failedSources[0]?.items?.map(({ index }) => index),
    [1, 3],
  )
})

test('equal items count as one call', async (t, composed) => {
  stories(composed, '[1,2,1,2,1]')
  t.match((await composed.get({ explain: 'true' })).meta.sources?.story, { attempts: 2 })
})

test('items that differ only in a header are not equal', async (t, composed) => {
  stories(composed, '[1,2]', undefined, { headers: { 'x-id': '{id}' } })
  composed.add('story', '/story', () => '1', { forEach: each('list'), headers: { 'x-id': '{id}' } })
  await composed.get()
  t.equal(composed.sent.length, 3)
})

t.test('runs as many items at once as the concurrency allows, in order', async () => {
  const wishes = fc.record({
    tookMs: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 }),
    concurrency: fc.integer({ min: 1, max: 12 }),
  })
  await fc.assert(
    fc.asyncProperty(wishes, async ({ tookMs, concurrency }) => {
      const composed = new Composed()
      let running = 0
      let most = 0
      const reply = async (id: string, call: Call) => {
        running += 1
        most = Math.max(most, running)
        const came = await composed.later(call, tookMs[Number(id)] as number, id)
        running -= 1
        return came
      }
      const items = tookMs.map((_, index) => index)
      stories(composed, JSON.stringify(items), reply, { forEach: each('list', { concurrency }) })
      const asked = composed.get({}, { deadlineMs: 5000 })
      await composed.clock.advance(1300)
      const { data } = await asked
      const order = composed.sent.slice(1).map((line) => Number(line.split('/').at(-1)))
      return (
        most === Math.min(concurrency, items.length) &&
        JSON.stringify(data) === JSON.stringify({ story: items }) &&
        JSON.stringify(order) === JSON.stringify(items)
      )
    }),
    { numRuns: 60 },
  )
})

test('50 items of 20 ms, 10 at once, take 100 ms', async (t, composed) => {
  const items = Array.from({ length: 50 }, (_, index) => index)
  stories(composed, JSON.stringify(items), (id, call) => composed.later(call, 20, id))
  const asked = composed.get({ explain: 'true' })
  await composed.clock.advance(100)
  const got = await asked
  t.strictSame(got.data, { story: items })
  t.match(got.meta.sources?.story, { durationMs: 100, attempts: 50 })
})

test('items that failed are null and listed; the answer is partial, and `required` is satisfied', async (t, composed) => {
  const late = failed(failure('http_response_timeout', 'story did not answer within 5 ms'))
  const replies: Record<string, Outcome> = { 1: json('"one"'), 2: GONE, 4: late }
  stories(composed, '[1,2,1,4]', (id) => replies[id] as Outcome, { required: true })
  const got = await composed.get({ strict: 'true' })
  t.match(got, { status: 200, partial: true })
  t.strictSame(got.data, { story: ['one', null, 'one', null] })
  t.strictSame(
    got.failedSources.map(({ message, durationMs, attempts, ...entry }) => entry),
    [
      {
        ...{ id: 'story', source: 'story', code: 'upstream_status', required: true, upstreamStatus: 410 },
        ...{ retryable: false, retryAfterMs: null, servedFrom: null },
        items: [
          { index: 1, code: 'upstream_status', upstreamStatus: 410 },
          { index: 3, code: 'http_response_timeout', upstreamStatus: null },
        ],
      },
    ],
  )
})

test('an incomplete list is not substituted', async (t, composed) => {
  stories(composed, '[1,2]', (id) => (id === '2' ? GONE : '1'), { fallback: { value: [] } })
  const got = await composed.get()
  t.match(got, { status: 200, partial: true })
  t.strictSame(got.data, { story: [1, null] })
  t.equal(got.failedSources[0]?.servedFrom, null)
})

test('if all items failed, the source failed, with the failure of the first', async (t, composed) => {
  stories(composed, '[1,2]', (id) => failed(statusFailure('story', id === '1' ? 429 : 500, 2000)), { required: true })
  composed.add('weather', '/weather', () => '1')
  const got = await composed.get()
  t.match(got, { status: 503, retryAfterSeconds: 2, partial: true })
  t.match(got.failedSources, [{ id: 'story', code: 'upstream_status', upstreamStatus: 429, servedFrom: null }])
})

test('if all items failed, the fallback replaces the list', async (t, composed) => {
  stories(composed, '[1,2]', () => GONE, { fallback: { value: ['none'] }, required: true })
  const got = await composed.get()
  t.equal(got.status, 200)
  t.strictSame(got.data, { story: ['none'] })
  t.match(got.failedSources, [{ code: 'upstream_status', servedFrom: 'fallback' }])
})

test('a list that was replaced by its fallback is neither partial nor truncated', async (t, composed) => {
  const forEach = each('list', { limit: 1 })
  stories(composed, '[1,2]', () => GONE, { fallback: { value: ['none'] }, forEach })
  const got = await composed.get()
  t.equal(got.partial, false)
  t.equal(got.meta.truncated, undefined)
})

test('an empty list makes no call, and is an empty list', async (t, composed) => {
  stories(composed, '[]', undefined, { required: true })
  const got = await composed.get()
  t.match(got, { status: 200, partial: false })
  t.strictSame(got.data, { story: [] })
  t.strictSame(composed.sent, ['list /list'])
})

for (const [data, select] of [
  ['{"s3cret":[1]}', null],
  ['"s3cret"', null],
  ['1', null],
  ['{"a":null}', 'a'],
  ['{"a":[1]}', 'b'],
  ['{"a":"s3cret"}', 'a'],
] as const) {
  test(`${select ?? 'all'} of ${data} is not a list: the source fails and is not called`, async (t, composed) => {
    const forEach = each('list', { select: select === null ? null : compileExpression(select) })
    stories(composed, data, undefined, { forEach })
    const got = await composed.get()
    t.equal(got.status, 502)
    t.equal(endOf(got, 'story'), 'dependency_failed <- list select_failed')
    t.equal(got.failedSources[0]?.message, 'story needs list, but the selected value is not a list')
    t.strictSame(composed.sent, ['list /list'])
  })
}

test('an expression for the list that fails fails the source', async (t, composed) => {
  stories(composed, '{"a":"s3cret"}', undefined, { forEach: each('list', { select: compileExpression('sort(a)') }) })
  const got = await composed.get()
  t.equal(endOf(got, 'story'), 'dependency_failed <- list select_failed')
  t.notMatch(JSON.stringify(got), 's3cret')
})

test('a failed or empty list is handled like any dependency; its fallback is used as a list', async (t, composed) => {
  stories(composed, failed(failure('connection_timeout', 'x')))
  let got = await composed.get()
  t.equal(got.status, 504)
  t.equal(endOf(got, 'story'), 'dependency_failed <- list connection_timeout')
  stories(composed, live(null, 204))
  got = await composed.get()
  t.match(got, { status: 200, partial: false })
  t.strictSame(got.data, { story: null })
  composed.add('list', '/list', () => failed(failure('dns_error', 'x')), { hidden: true, fallback: { value: [7] } })
  t.strictSame((await composed.get()).data, { story: ['story 7'] })
})

test('items above the limit are cut off and reported', async (t, composed) => {
  stories(composed, JSON.stringify(Array.from({ length: 60 }, (_, i) => i)))
  const got = await composed.get()
  t.equal((got.data as { story: unknown[] }).story.length, 50)
  t.equal(composed.sent.length, 51)
  t.strictSame(got.meta.truncated, { story: { kept: 50, total: 60 } })
  t.match(got, { status: 200, partial: false })
  t.strictSame(got.failedSources, [])
})

test('a list as long as the limit is complete', async (t, composed) => {
  stories(composed, '[1,2]', undefined, { forEach: each('list', { limit: 2 }) })
  t.equal((await composed.get()).meta.truncated, undefined)
})

test('each truncated list is reported under its key, which may be the id in a batch', async (t, composed) => {
  stories(composed, '[1,2,3]', undefined, { forEach: each('list', { limit: 1 }) })
  const got = await composed.post({ id: '__proto__', source: 'story' }, { id: 'b', source: 'story' })
  t.strictSame(Object.entries(got.meta.truncated ?? {}), [
    ['__proto__', { kept: 1, total: 3 }],
    ['b', { kept: 1, total: 3 }],
  ])
  t.strictSame(composed.sent, ['list /list', 'story /story/1'])
})

test('an item that is not a scalar fails alone and is not called', async (t, composed) => {
  stories(composed, '[null,1,{"s3cret":1},["s3cret"],9007199254740993,"",".."]')
  const got = await composed.get()
  t.strictSame(got.data, { story: [null, 'story 1', null, null, 'story 9007199254740993', null, null] })
  t.match(got, { status: 200, partial: true })
  t.strictSame(
    got.failedSources[0]?.items,
    [0, 2, 3, 5, 6].map((index) => ({ index, code: 'dependency_failed', upstreamStatus: null })),
  )
  t.equal(endOf(got, 'story'), 'dependency_failed <- list select_failed')
  t.strictSame(composed.sent, ['list /list', 'story /story/1', 'story /story/9007199254740993'])
  t.notMatch(got.text, /s3cret/)
})

test('if no item is a scalar, the source fails', async (t, composed) => {
  stories(composed, '[null,{}]')
  const got = await composed.get()
  t.equal(got.status, 502)
  t.match(got.failedSources[0]?.message, /^2 of 2 .* story needs list, but an item is missing$/)
})

test('an empty item is null, not a failure', async (t, composed) => {
  const replies: Record<string, Reply> = { 1: 'null', 2: live(null, 204), 3: '3' }
  stories(composed, '[1,2,3]', (id) => replies[id] as Reply)
  const got = await composed.get({ strict: 'true' })
  t.match(got, { status: 200, partial: false })
  t.strictSame(got.data, { story: [null, null, 3] })
  t.strictSame(got.failedSources, [])
})

test('each item passes the policies of the source: select, retry, cache', async (t, composed) => {
  let down = false
  stories(composed, '[1,2]', (id) => (down ? GONE : `{"title":"t${id}"}`), {
    select: compileExpression('title'),
    cache: { ttlMs: 1000, staleWhileRevalidateMs: 0, staleIfErrorMs: 10_000 },
  })
  t.strictSame((await composed.get()).data, { story: ['t1', 't2'] })
  down = true
  let got = await composed.get({ explain: 'true' })
  t.strictSame(got.data, { story: ['t1', 't2'] })
  t.equal(composed.sent.filter((line) => line.startsWith('story')).length, 2, 'each was kept by itself')
  t.match(got.meta.sources?.story, { from: 'cache', attempts: 0 })
  await composed.clock.advance(2000)
  got = await composed.get()
  t.match(got, { status: 200, partial: false })
  t.match(got.failedSources, [{ id: 'story', code: 'upstream_status', servedFrom: 'stale' }])
  t.equal(got.failedSources[0]?.items, undefined)
})

test('the deadline cuts off the remaining items; those that arrived are in the answer', async (t, composed) => {
  const forEach = each('list', { concurrency: 2 })
  stories(composed, '[1,2,3,4,5,6]', (id, call) => composed.later(call, 400, id), { forEach, timeoutMs: 5000 })
  const asked = composed.get()
  await composed.clock.advance(975)
  const got = await asked
  t.match(got, { status: 200, partial: true })
  t.strictSame(got.data, { story: [1, 2, 3, 4, null, null] })
  t.strictSame(
    got.failedSources[0]?.items,
    [4, 5].map((index) => ({ index, code: 'deadline_exceeded', upstreamStatus: null })),
  )
  t.equal(composed.sent.length, 7)
})

test('no item is called after the cut', async (t, composed) => {
  const forEach = each('list', { concurrency: 1 })
  stories(composed, '[1,2,3,4]', (id, call) => composed.later(call, 600, id), { forEach, timeoutMs: 5000 })
  const asked = composed.get()
  await composed.clock.advance(975)
  t.strictSame((await asked).data, { story: [1, null, null, null] })
  t.strictSame(composed.sent, ['list /list', 'story /story/1', 'story /story/2'])
})

test("an item's timeout is its own", async (t, composed) => {
  stories(composed, '[1,900,2]', (id, call) => composed.later(call, Number(id), id), { timeoutMs: 50 })
  const asked = composed.get()
  await composed.clock.advance(50)
  const got = await asked
  t.strictSame(got.data, { story: [1, null, 2] })
  t.match(got.failedSources, [{ code: 'http_response_timeout', items: [{ index: 1 }] }])
})

test('when the client disconnects, no further item is called', async (t, composed) => {
  const forEach = each('list', { concurrency: 1 })
  stories(composed, '[1,2,3]', (id, call) => composed.later(call, 100, id), { forEach })
  const asked = composed.get()
  await composed.clock.advance(150)
  composed.plan?.cancel.cancel('client')
  await composed.clock.advance(0)
  t.strictSame((await asked).data, { story: [1, null, null] })
  t.strictSame(composed.sent, ['list /list', 'story /story/1', 'story /story/2'])
})

test('another source may use the resulting list', async (t, composed) => {
  stories(composed, '[1,2]', (id) => (id === '1' ? GONE : `{"author":"a${id}"}`))
  composed.add('author', '/author/{name}', () => '"Ada"', { bind: [bind('name', 'story', '[1].author')] })
  const got = await composed.get({ sources: 'author' })
  t.strictSame(got.data, { author: 'Ada' })
  t.match(got, { status: 200, partial: false })
  t.equal(composed.sent.at(-1), 'author /author/a2')
})

test('the cost of a list of 10 MB, or of a deeply nested one, depends only on the limit', async (t, composed) => {
  const list = `[${'"0123456789abcdef",'.repeat(550_000)}1]`
  stories(composed, list, undefined, { forEach: each('list', { limit: 3 }) })
  t.strictSame((await composed.get()).meta.truncated, { story: { kept: 3, total: 550_001 } })
  stories(composed, `[1,${'['.repeat(200_000)}${']'.repeat(200_000)}]`)
  t.strictSame((await composed.get()).data, { story: ['story 1', null] })
})
