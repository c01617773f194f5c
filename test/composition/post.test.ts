import t from 'tap'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** POST sources: the body is built as data. */

t.test('parameters fill a JSON body, as what their schemas say they are', async (t) => {
  const upstream = await startUpstream(t)
  const source = {
    url: upstream.url('/echo'),
    method: 'POST',
    safe: true,
    params: {
      q: { type: 'string', required: true },
      first: { type: 'integer', default: 10 },
      exact: { type: 'boolean', required: false },
      tags: { type: 'array', items: { type: 'integer' }, required: false },
    },
    values: { lang: 'en' },
    body: {
      query: 'query($q: String!) { find(q: $q) }',
      variables: { q: '{q}', first: '{first}', exact: '{exact}', tags: '{tags}' },
      l: ['{lang}', '{exact}'],
    },
  }
  const service = await build(t, { sources: { search: source } })
  const sent = async (query: string) => (await service.get(`/aggregate?${query}`)).json.data.search
  const first = await sent(`q=${encodeURIComponent('"},"x":"')}&first=9007199254740993&exact=true&tags=1&tags=2`)
  t.equal(first.method, 'POST')
  t.equal(first.headers['content-type'], 'application/json')
  t.equal(
    first.body,
    '{"query":"query($q: String!) { find(q: $q) }","variables":{"q":"\\"},\\"x\\":\\"","first":9007199254740993,"exact":true,"tags":[1,2]},"l":["en",true]}',
  )
  const second = await sent('q=5')
  t.strictSame(JSON.parse(second.body), {
    query: 'query($q: String!) { find(q: $q) }',
    variables: { q: '5', first: 10 },
    l: ['en'],
  })
  t.equal((await service.get('/aggregate')).status, 400, 'q is required')
})

t.test('a POST is not tried again unless it says so, and is part of what a cache knows it by', async (t) => {
  const upstream = await startUpstream(t)
  const params = { q: { type: 'string', default: 'x' } }
  const post = { method: 'POST', safe: true, idempotent: false, params, body: { q: '{q}' } }
  const service = await build(t, {
    sources: {
      once: { url: upstream.url('/status?code=503'), ...post },
      again: { url: upstream.url('/status?code=502'), ...post, idempotent: true },
      kept: { url: upstream.url('/echo'), ...post, cache: { ttl: '20s' } },
    },
  })
  for (const q of ['a', 'b', 'a']) await service.get(`/aggregate?q=${q}`)
  t.equal(upstream.count('/status?code=503'), 3)
  t.equal(upstream.count('/status?code=502'), 6)
  t.equal(upstream.count('/echo'), 2)
})
