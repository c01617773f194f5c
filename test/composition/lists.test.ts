import t from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { build } from '../support/build.ts'
import type { Owner } from '../support/owner.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Lists: bound lists, lists of the client, and calls for several items. */

const ids = { type: 'array', items: { type: 'integer' } }

/** An upstream of users, which answers with those asked for, the last first. */
async function users(t: Owner) {
  const asked: string[] = []
  const json = { 'content-type': 'application/json' }
  const upstream = await startUpstream(t, {
    script: {
      '/posts': async (x) =>
        void (await x.reply({
          headers: json,
          body: '[{"p":1,"user":7},{"p":2,"user":"8"},{"p":3,"user":null},{"p":4,"user":7},{"p":5,"user":99},{"p":6,"user":7615917337495251231}]',
        })),
      '/users': async (x) => {
        const query = new URL(`http://x${x.request.target}`).searchParams
        const wanted = (query.get('ids') ?? '').split(',')
        asked.push(x.request.target)
        const found = wanted.filter((id) => id !== '99').reverse()
        if (wanted.includes('500')) return void (await x.reply({ status: 500, body: '' }))
        const body = wanted.includes('600')
          ? '{"no":"list"}'
          : `[${['null', ...found.map((id) => `{"id":${id},"name":"u${id}"}`)].join(',')}]`
        await x.reply({ headers: json, body })
      },
    },
  })
  return { upstream, asked }
}

t.test('a bound list goes into a path, a query and a body', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      list: {
        url: upstream.url('/ok'),
        select: '{ids: [`3`, `null`, `"a/b"`], none: [`null`], deep: {a: [`1`, {b: `null`}]}, bad: [[`1`]]}',
        hidden: true,
      },
      path: { url: `${upstream.origin}/echo/{ids}`, bind: { ids: { from: 'list', select: 'ids' } }, select: 'target' },
      query: {
        url: `${upstream.origin}/echo{?ids*}`,
        bind: { ids: { from: 'list', select: 'ids' } },
        select: 'target',
      },
      header: {
        url: `${upstream.origin}/echo`,
        headers: { 'x-ids': '{ids}' },
        bind: { ids: { from: 'list', select: 'ids' } },
        select: 'headers."x-ids"',
      },
      body: {
        url: `${upstream.origin}/echo`,
        method: 'POST',
        safe: true,
        body: { ids: '{ids}', deep: '{deep}', text: 'of {ids}' },
        bind: { ids: { from: 'list', select: 'ids' }, deep: { from: 'list', select: 'deep' } },
        select: 'body',
      },
      none: { url: `${upstream.origin}/echo{?ids*}`, bind: { ids: { from: 'list', select: 'none' } } },
      bad: { url: `${upstream.origin}/echo{?ids*}`, bind: { ids: { from: 'list', select: 'bad' } } },
    },
  })
  const { json } = await service.get('/aggregate')
  t.same(json.data, {
    path: '/echo/3,a%2Fb',
    query: '/echo?ids=3&ids=a%2Fb',
    header: '3,a/b',
    body: '{"ids":[3,null,"a/b"],"deep":{"a":[1,{"b":null}]},"text":"of 3,a/b"}',
    none: null,
    bad: null,
  })
  t.match(json.failedSources, [{ id: 'bad', code: 'dependency_failed', message: /item that is not a string/ }])
})

t.test('one call for each item of a list of the client', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      each: {
        url: `${upstream.origin}/echo/{id}`,
        params: { ids },
        forEach: { param: 'ids', as: 'id', limit: 3 },
        select: 'path',
      },
    },
    views: { one: { path: '/v1/items/{ids}', sources: ['each'] } },
  })
  const dataOf = async (query: string) => (await service.get(`/aggregate?${query}`)).json
  t.same((await dataOf('ids=1&ids=2&ids=1')).data, { each: ['/echo/1', '/echo/2', '/echo/1'] })
  t.equal(upstream.requests.length, 2, 'equal items share a call')
  t.match(await dataOf(''), { data: { each: null }, failedSources: [], partial: false })
  const many = await service.get('/aggregate?ids=1&ids=2&ids=3&ids=4')
  t.match(
    [many.status, many.json.errors],
    [400, [{ path: 'ids', message: /"ids" has 4 items, and one answer asks for at most 3/ }]],
  )
  t.match(await dataOf('ids=a'), { status: 400 })
  t.same((await service.get('/v1/items/5')).json.data, { each: ['/echo/5'] })
  const batch = { requests: [{ source: 'each', params: { ids: [] } }] }
  const posted = await service.get('/aggregate', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(batch),
  })
  t.match(posted.json, { data: { each: null }, partial: false }, 'an empty list counts as absent')
})

t.test('one call for several items: matched by key, in order, each asked for once', async (t) => {
  const { upstream, asked } = await users(t)
  const service = await build(t, {
    sources: {
      posts: { url: `${upstream.origin}/posts` },
      authors: {
        url: `${upstream.origin}/users{?ids}`,
        forEach: { from: 'posts', select: '[].user || `[]`', as: 'ids', batch: { size: 3, key: 'id' } },
        cache: { ttl: '1m' },
      },
    },
    views: { list: { sources: ['posts', 'authors'], shape: "attach(posts, authors, &user, &id, 'by')[].by.name" } },
  })
  const { json, body } = await service.get('/aggregate?sources=authors')
  t.same(json.failedSources, [])
  t.equal(json.data.authors.length, 5, 'a JMESPath projection leaves null out')
  t.match(
    body,
    /\[\{"id":7,"name":"u7"\},\{"id":8,"name":"u8"\},\{"id":7,"name":"u7"\},null,\{"id":7615917337495251231,/,
  )
  t.same(asked, ['/users?ids=7,8,99', '/users?ids=7615917337495251231'])
  await service.get('/aggregate?sources=authors')
  t.equal(asked.length, 2, 'the calls are cached')
  t.same((await service.get('/aggregate/list')).json.data, ['u7', 'u8', 'u7', 'u7615917337495251231'])
})

t.test('a failed call fails its own items; what is no list is select_failed; null items are null', async (t) => {
  const { upstream } = await users(t)
  const service = await build(t, {
    sources: {
      items: {
        url: `${upstream.origin}/users{?ids}`,
        params: { list: { type: 'array', items: { type: ['integer', 'null'] } } },
        forEach: { param: 'list', as: 'ids', batch: { size: 2, key: 'id' }, concurrency: 1 },
        retry: false,
      },
    },
  })
  const ask = async (list: unknown[]) => {
    const body = JSON.stringify({ requests: [{ source: 'items', params: { list } }] })
    return (await service.get('/aggregate', { method: 'POST', headers: { 'content-type': 'application/json' }, body }))
      .json
  }
  t.match(await ask([1, 2, 500, 3, 4]), {
    data: { items: [{ id: 1 }, { id: 2 }, null, null, { id: 4 }] },
    failedSources: [
      { code: 'upstream_status', items: [{ index: 2, code: 'upstream_status', upstreamStatus: 500 }, { index: 3 }] },
    ],
    partial: true,
  })
  t.match(await ask([600]), { status: 502, failedSources: [{ code: 'select_failed', message: /is no list/ }] })
  t.match(await ask([null, 1]), { data: { items: [null, { id: 1 }] }, failedSources: [], partial: false })
  t.match(await ask([99]), { data: { items: [null] }, failedSources: [], partial: false })
})

t.test('a large list is matched apart', async (t) => {
  const large = JSON.stringify(Array.from({ length: 3000 }, (_, id) => ({ id, text: 'x'.repeat(100) })))
  const upstream = await startUpstream(t, {
    script: {
      '/large': async (x) => void (await x.reply({ headers: { 'content-type': 'application/json' }, body: large })),
    },
  })
  const service = await build(t, {
    sources: {
      a: {
        url: `${upstream.origin}/large{?q}`,
        params: { ids },
        forEach: { param: 'ids', as: 'q', batch: { size: 5, key: 'id' } },
      },
    },
  })
  const { json } = await service.get('/aggregate?ids=2999&ids=5000&ids=0')
  t.match(json.data.a, [{ id: 2999 }, null, { id: 0 }])
})

t.test('a URL above 8 KiB is a 400; of a bound value, dependency_failed', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      list: { url: upstream.url('/ok'), select: `['${'x'.repeat(9000)}']`, hidden: true },
      bound: { url: `${upstream.origin}/echo{?ids*}`, bind: { ids: { from: 'list' } } },
      given: { url: `${upstream.origin}/echo{?q}`, params: { q: { type: 'string' } } },
    },
  })
  t.match((await service.get('/aggregate?sources=bound')).json.failedSources, [{ code: 'dependency_failed' }])
  const body = JSON.stringify({ requests: [{ source: 'given', params: { q: 'x'.repeat(9000) } }] })
  const { status, json } = await service.get('/aggregate', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  t.match([status, json.detail], [400, /the URL would be longer than 8 KiB/i])
})

t.test('what is wrong with a list', async (t) => {
  const problems = (forEach: object, more: object = {}) => {
    const a = {
      url: 'https://a.example/{id}',
      params: { ids, q: { type: 'string' } },
      headers: { q: '{q}' },
      forEach,
      ...more,
    }
    return parseConfig(JSON.stringify({ sources: { a, b: { url: 'https://b.example/' } } }), {}).problems.map(
      ({ path, message }) => `${path}: ${message}`,
    )
  }
  t.same(problems({ param: 'ids', as: 'id' }), [])
  t.match(problems({ as: 'id' }), [/^sources\.a\.forEach: needs a list; write from with the id of a source, or param/])
  t.match(problems({ from: 'b', param: 'ids', as: 'id' })[0], /forEach\.param: is a second list; leave it or from out/)
  t.match(problems({ param: 'idz', as: 'id' }).at(-1), /declares no parameter "idz"; did you mean "ids"\?/)
  t.match(problems({ param: 'q', as: 'id' }).at(-1), /the parameter "q" is no list; write params: \{ q: \{ type: array/)
  t.match(problems({ param: 'ids', select: '[0]', as: 'id' })[0], /the list is that of the client; leave it out/)
  t.match(problems({ param: 'ids', as: 'id', batch: { size: 0, key: 'id' } })[0], /batch\.size: .*1 to 1000|at least 1/)
  t.match(problems({ param: 'ids', as: 'id', batch: { size: 5 } })[0], /batch\.key: is missing/)
  t.match(problems({ param: 'ids', as: 'id', batch: { size: 5, key: 'id[' } })[0], /batch\.key: is no valid JMESPath/)
  t.match(
    problems({ param: 'ids', as: 'id', batch: { size: 5, key: 'id' } }, { method: 'POST' })[0],
    /batch: is not possible for "a", because it is unsafe/,
  )
})
