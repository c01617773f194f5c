import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

t.test('Cache-Control, ETag and 304, over sockets', async (t) => {
  const upstream = await startUpstream(t)
  const cache = { ttl: '30s' }
  const service = await build(t, {
    sources: {
      kept: { url: upstream.url('/ok'), cache },
      live: { url: upstream.url('/ok') },
      tenant: { url: upstream.url('/ok'), cache, forwardHeaders: ['x-tenant'] },
      down: { url: 'http://127.0.0.1:1/', retry: false },
    },
  })
  const head = async (query: string, headers = {}) => service.get(`/aggregate?sources=${query}`, { headers })
  const first = await head('kept')
  t.match(first.headers, { 'cache-control': /^max-age=(29|30)$/, etag: /^W\/"/, vary: /accept, prefer, x-tenant/ })
  await pause(1100)
  const later = await head('kept')
  t.match(later.headers['cache-control'], /^max-age=2[78]$/, 'the remaining lifetime')
  t.equal(later.headers.etag, first.headers.etag)
  t.equal((await head('kept,live')).headers['cache-control'], 'no-cache')
  t.match((await head('kept,tenant')).headers['cache-control'], /^max-age=\d+, private$/)
  const partial = await head('kept,down')
  t.equal(partial.headers['cache-control'], 'no-store')
  t.notOk('etag' in partial.headers)
  const failed = await head('down')
  t.equal(failed.status, 502)
  t.equal(failed.headers['cache-control'], 'no-store')
  t.equal((await head('kept&explain=true')).headers['cache-control'], 'no-store')
  const etag = String(first.headers.etag)
  t.equal((await head('kept&explain=true', { 'if-none-match': etag })).status, 200, 'a 304 would lose the explanation')
  const unchanged = await head('kept', { 'if-none-match': etag })
  t.match(unchanged, { status: 304, body: '' })
  t.match(unchanged.headers, { etag, 'cache-control': /^max-age/, vary: /accept/, 'x-request-id': /./ })
  t.notOk('content-type' in unchanged.headers)
  t.equal((await head('kept', { 'if-none-match': 'W/"other"' })).status, 200)
  t.equal((await head('kept', { 'if-none-match': 'nonsense' })).status, 200)
  t.equal((await head('kept,down', { 'if-none-match': etag })).status, 200)
  const headed = await service.get('/aggregate?sources=kept', { method: 'HEAD', headers: { 'if-none-match': etag } })
  t.equal(headed.status, 304)
  const posted = await service.get('/aggregate', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'if-none-match': etag },
    body: '{"requests":[{"source":"kept"}]}',
  })
  t.match(posted, { status: 200, headers: { 'cache-control': 'no-store' } })
  t.notOk('etag' in posted.headers)
  t.equal((await service.get('/nope')).headers['cache-control'], 'no-store')
})

t.test('large data has an ETag, too, the same in each process', async (t) => {
  const upstream = await startUpstream(t)
  const config = { sources: { large: { url: upstream.url('/ok?bytes=200000') } } }
  const [service, replica] = [await build(t, config), await build(t, config)]
  const { status, headers, body } = await service.get('/aggregate')
  t.equal(status, 200)
  t.ok(body.length > 200_000)
  const etag = String(headers.etag)
  t.match(etag, /^W\/"[\w-]{22}"$/)
  t.match(await replica.get('/aggregate', { headers: { 'if-none-match': etag } }), {
    status: 304,
    body: '',
    headers: { etag },
  })
  t.equal((await service.get('/aggregate', { headers: { 'if-none-match': 'W/"other"' } })).status, 200)
})
