import t from 'tap'
import { build } from '../support/build.ts'
import { buildPatient } from '../support/patient.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** One call for each item of a list, over real sockets. */

const headers = { 'content-type': 'application/json' }
/** Answers with the last part of the path; 13 is broken, 14 is not found, 15 is null. */
const item: Handler = async (x) => {
  const id = x.request.path.split('/').at(-1) ?? ''
  if (!(await x.sleep(x.number('delayMs', 10)))) return
  const status = { 13: 500, 14: 404 }[id] ?? 200
  await x.reply({ status, headers, body: id === '15' ? 'null' : `{"id":"${id}"}` })
}

async function start(t: Parameters<typeof build>[0], ids: string, more: object = {}, source: object = {}) {
  const upstream = await startUpstream(t, { script: { '/item': item } })
  const service = await build(t, {
    sources: {
      ids: { url: `${upstream.origin}/ok{?json}`, params: { json: { type: 'string', default: ids } }, hidden: true },
      items: {
        url: `${upstream.origin}/item/{id}`,
        retry: false,
        ...source,
        forEach: { from: 'ids', as: 'id', ...more },
      },
      other: { url: upstream.url('/ok') },
    },
  })
  return { upstream, service }
}

t.test('a call an item, in the order of the list; equal items share one', async (t) => {
  const { upstream, service } = await start(t, '[3,1,2,1,3]')
  const { json } = await service.get('/aggregate?explain=true')
  t.strictSame(
    json.data.items,
    ['3', '1', '2', '1', '3'].map((id) => ({ id })),
  )
  t.equal(upstream.requests.filter(({ path }) => path.startsWith('/item')).length, 3)
  t.strictSame([json.failedSources, json.partial, json.meta.truncated], [[], false, undefined])
  t.equal(json.meta.sources.items.upstreamStatus, 200)
  t.match(
    service.log.named('upstream').find(({ id }) => id === 'items'),
    { items: 5, failedItems: 0, outcome: 'ok' },
  )
  t.equal(service.log.named('item').length, 5)
  t.equal(service.log.named('item')[0]?.level, 20)
})

t.test('items that fail are null in their places, and told', async (t) => {
  const { service } = await start(t, '[1,14,15,13]', {}, { required: true })
  const { status, json } = await service.get('/aggregate')
  t.equal(status, 200, 'a list that is there in part satisfies required')
  t.strictSame(json.data.items, [{ id: '1' }, null, null, null])
  t.equal(json.partial, true)
  t.match(json.failedSources, [
    {
      id: 'items',
      code: 'upstream_status',
      upstreamStatus: 404,
      servedFrom: null,
      message: /2 of 4 calls to items failed/,
    },
  ])
  t.strictSame(json.failedSources[0].items, [
    { index: 1, code: 'upstream_status', upstreamStatus: 404 },
    { index: 3, code: 'upstream_status', upstreamStatus: 500 },
  ])
  t.match(
    service.log.named('upstream').find(({ id }) => id === 'items'),
    { items: 4, failedItems: 2, level: 40 },
  )
})

t.test('where all items fail the source has failed, and its fallback stands in', async (t) => {
  const bare = await start(t, '[13,14]', {}, { required: true })
  t.equal((await bare.service.get('/aggregate')).status, 502)
  const covered = await start(t, '[13,14]', {}, { fallback: 'none' })
  const { json } = await covered.service.get('/aggregate')
  t.equal(json.data.items, 'none')
  t.match(json.failedSources, [{ servedFrom: 'fallback' }])
  t.equal(json.partial, false)
})

t.test('beyond the limit the list is cut, and the answer says so', async (t) => {
  const { upstream, service } = await start(t, '[1,2,3,4,5,6,7]', { limit: 3 })
  const { json } = await service.get('/aggregate')
  t.equal(json.data.items.length, 3)
  t.strictSame(json.meta.truncated, { items: { kept: 3, total: 7 } })
  t.equal(upstream.requests.filter(({ path }) => path.startsWith('/item')).length, 3)
})

t.test('never more at once than `concurrency`', async (t) => {
  let now = 0
  let most = 0
  const upstream = await startUpstream(t, {
    script: {
      '/item': async (x) => {
        now += 1
        most = Math.max(most, now)
        await x.sleep(20)
        now -= 1
        await x.reply({ headers, body: '1' })
      },
    },
  })
  const ids = JSON.stringify(Array.from({ length: 20 }, (_, n) => n))
  const service = await build(t, {
    sources: {
      ids: { url: upstream.url(`/ok?json=${ids}`), hidden: true },
      items: { url: `${upstream.origin}/item/{id}`, forEach: { from: 'ids', as: 'id', concurrency: 4 } },
    },
  })
  const { json } = await service.get('/aggregate')
  t.equal(json.data.items.length, 20)
  t.equal(most, 4)
})

for (const [ids, data, code] of [
  ['[]', [], null],
  ['null', null, null],
  ['{"a":1}', null, 'dependency_failed'],
  ['"text"', null, 'dependency_failed'],
] as const) {
  t.test(`over ${ids}: ${code ?? JSON.stringify(data)}`, async (t) => {
    const { service } = await start(t, ids)
    const { json } = await service.get('/aggregate')
    t.strictSame(json.data.items, data)
    t.equal(json.failedSources[0]?.code ?? null, code)
  })
}

t.test('an item that is no scalar is a failed item like others', async (t) => {
  const { service } = await start(t, '[1,null,{"a":1},"..",2]')
  const { json } = await service.get('/aggregate')
  t.strictSame(json.data.items, [{ id: '1' }, null, null, null, { id: '2' }])
  t.strictSame(
    json.failedSources[0].items.map(({ index, code }: { index: number; code: string }) => [index, code]),
    [1, 2, 3].map((index) => [index, 'dependency_failed']),
  )
})

t.test('the deadline cuts the rest off, with what has arrived', async (t) => {
  const unanswered: Handler = async (x) => void (await x.untilGone())
  const upstream = await startUpstream(t, { script: { '/item': item, '/item/5': unanswered } })
  const service = await buildPatient(t, {
    sources: {
      ids: { url: upstream.url('/ok?json=[1,2,3,4,5,5,6,7]'), hidden: true },
      items: {
        url: `${upstream.origin}/item/{id}`,
        forEach: { from: 'ids', as: 'id', concurrency: 2 },
      },
    },
  })
  const { json, ms } = await service.get('/aggregate?deadlineMs=2000')
  t.ok(ms < 6000, `far below the timeout of 8 s (${ms})`)
  t.strictSame(
    json.data.items.slice(0, 4),
    ['1', '2', '3', '4'].map((id) => ({ id })),
  )
  t.strictSame(json.data.items.slice(4), [null, null, null, null])
  t.match(json.failedSources, [{ code: 'deadline_exceeded' }])
  t.equal(upstream.count('/item/6') + upstream.count('/item/7'), 0, 'what had not begun is not asked for')
})

t.test("each item passes the source's own policies", async (t) => {
  let calls = 0
  const upstream = await startUpstream(t, {
    script: {
      '/item': async (x) => {
        calls += 1
        await x.reply(calls % 2 === 1 ? { status: 503 } : { headers, body: '{"v":{"w":1}}' })
      },
    },
  })
  const service = await build(t, {
    sources: {
      ids: { url: upstream.url('/ok?json=[1,2,3]'), hidden: true },
      items: {
        url: `${upstream.origin}/item/{id}`,
        select: 'v.w',
        cache: { ttl: '20s' },
        retry: { baseDelay: 0, maxDelay: 0 },
        forEach: { from: 'ids', as: 'id', concurrency: 1 },
      },
    },
  })
  t.strictSame((await service.get('/aggregate')).json.data.items, [1, 1, 1])
  t.equal(calls, 6, 'each one was tried again')
  const { json } = await service.get('/aggregate?explain=true')
  t.strictSame(json.data.items, [1, 1, 1])
  t.match(json.meta.sources.items, { from: 'cache', attempts: 0 })
  t.equal(calls, 6)
})

t.test('an answer is bounded as a whole, beside each item of its lists', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    server: { maxAnswerBytes: '8mb' },
    deadline: { default: '9s' },
    sources: {
      ids: { url: upstream.url(`/ok?json=[${Array.from({ length: 40 }, (_, n) => n)}]`), hidden: true },
      large: {
        url: `${upstream.origin}/ok?bytes=900000{&id}`,
        timeout: '9s',
        forEach: { from: 'ids', as: 'id', concurrency: 1 },
      },
    },
  })
  const { json, body } = await service.get('/aggregate')
  t.ok(body.length < 10_000_000, `${body.length} bytes`)
  t.equal(json.data.large.filter((one: unknown) => one !== null).length, 9)
  t.match(json.failedSources, [
    { code: 'http_response_body_size', message: /at most 8 MiB \(server\.maxAnswerBytes\)/ },
  ])
  t.equal(upstream.count('/ok'), 11, 'and those beyond it are not asked for')
})
