import t from 'tap'
import { build } from '../support/build.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Headers of sources that become headers of answers, over real sockets. */

/** Answers with raw header lines, so that a header may be sent twice. */
const replying =
  (status: number, ...lines: string[]): Handler =>
  async (x) => {
    const head = [`HTTP/1.1 ${status} Status`, ...lines, 'content-length: 2', '', ''].join('\r\n')
    await x.write(Buffer.from(`${head}{}`, 'latin1'))
  }

const CORS = { origins: ['https://app.example'] }

t.test('headers of data and of failures, first come, and all cookies', async (t) => {
  const upstream = await startUpstream(t, {
    script: {
      '/list': replying(200, 'X-Total-Count: 7', 'Link: </a>; rel=next', 'Link: </b>; rel=last', 'X-Other: 1'),
      '/login': replying(200, 'Set-Cookie: a=1; Domain=up.example; Path=/', 'Set-Cookie: b=2', 'x-total-count: 9'),
      '/gone': replying(404, 'X-Total-Count: 0', 'Set-Cookie: c=3', 'X-Reason: closed'),
    },
  })
  const service = await build(t, {
    server: { cors: CORS },
    sources: {
      list: { url: upstream.url('/list'), exposeHeaders: ['x-total-count', 'Link'] },
      login: { url: upstream.url('/login'), exposeHeaders: ['set-cookie', 'x-total-count'] },
      gone: { url: upstream.url('/gone'), exposeHeaders: ['set-cookie', 'x-reason'], passStatus: [404] },
      plain: { url: upstream.url('/list') },
      hidden: { url: upstream.url('/login'), exposeHeaders: ['set-cookie'], hidden: true },
      needs: { url: `${upstream.url('/ok')}{?x}`, bind: { x: { from: 'hidden', select: "'1'" } } },
    },
    views: { gone: { sources: ['gone'] } },
  })
  const ask = (path: string, more = {}) => service.get(path, { headers: { origin: 'https://app.example', ...more } })
  const list = (await ask('/aggregate?sources=list')).headers
  t.equal(list['x-total-count'], '7')
  t.equal(list.link, '</a>; rel=next, </b>; rel=last')
  t.notOk('x-other' in list)
  t.equal(list['cache-control'], 'no-cache, private')
  t.notOk('etag' in list)
  const exposed = 'X-Request-Id, Aggregate-Partial, Server-Timing, Retry-After, Preference-Applied, ETag'
  t.equal(list['access-control-expose-headers'], `${exposed}, x-total-count, link, x-reason`)
  const both = (await ask('/aggregate?sources=login,list,gone')).headers
  t.equal(both['x-total-count'], '9', 'the first in the order that was asked for')
  t.strictSame(both['set-cookie'], ['a=1; Path=/', 'b=2', 'c=3'])
  t.equal(both['cache-control'], 'no-store, private')
  // on problem documents too
  const gone = await ask('/aggregate/gone')
  t.equal(gone.status, 404)
  t.match(gone.headers, { 'set-cookie': ['c=3'], 'x-reason': 'closed', 'cache-control': 'no-store, private' })
  t.equal((await ask('/aggregate?sources=gone')).status, 502)
  // a dependency that was not asked for
  t.strictSame((await ask('/aggregate?sources=needs')).headers['set-cookie'], ['a=1; Path=/', 'b=2'])
  // what does not expose any is as before
  const plain = (await ask('/aggregate?sources=plain')).headers
  t.ok('etag' in plain)
  t.notOk('x-total-count' in plain)
  // not on streams
  const stream = (await ask('/aggregate?sources=login', { accept: 'application/x-ndjson' })).headers
  t.notOk('set-cookie' in stream)
  const body = JSON.stringify({ requests: [{ source: 'list' }] })
  const batch = { method: 'POST', body, headers: { 'content-type': 'application/json' } }
  t.equal((await service.get('/aggregate', batch)).headers['x-total-count'], '7')
  t.equal((await service.get('/aggregate?sources=list', { method: 'HEAD' })).headers['x-total-count'], '7')
})

t.test('no secret, no control character and no more than 8 KiB', async (t) => {
  const SECRET = 's3cret-of-ours'
  const large = 'x'.repeat(5000)
  const upstream = await startUpstream(t, {
    script: {
      '/a': replying(200, `X-Key: no ${SECRET}`, 'X-Good: yes'),
      '/b': replying(200, 'X-Key: a\x01b', 'X-Good: caf\xe9', 'X-Tab: a\tb'),
      '/c': replying(200, `X-One: ${large}`, `X-Two: ${large}`),
    },
  })
  const exposeHeaders = ['x-key', 'x-good', 'x-tab', 'x-one', 'x-two']
  const source = (path: string) => ({ url: upstream.url(path), exposeHeaders, headers: { 'x-key': SECRET } })
  const service = await build(t, { sources: { a: source('/a'), b: source('/b'), c: source('/c') } })
  const of = async (id: string) => {
    const { status, headers } = await service.get(`/aggregate?sources=${id}`)
    return [status, exposeHeaders.filter((name) => name in headers)]
  }
  t.strictSame(await of('a'), [200, ['x-good']])
  const [, odd] = await of('b')
  t.notOk((odd as string[]).some((name) => name === 'x-key' || name === 'x-good'))
  t.strictSame(await of('c'), [200, ['x-one']])
  const lines = service.log.named('header')
  t.match(lines[0], { level: 40, source: 'a', id: 'a', name: 'x-key', reason: /^it holds a secret/, reqId: /./ })
  t.match(lines.at(-1), { source: 'c', name: 'x-two', reason: 'the headers of sources are above 8 KiB together' })
  t.notMatch(JSON.stringify(service.log.lines), SECRET)
})

t.test('those of the attempt that decided, also where its body is of no use', async (t) => {
  const script: Record<string, Handler> = {
    '/two': (x) => replying(x.nth === 1 ? 503 : 200, `X-Nth: ${x.nth}`)(x),
    '/bad': async (x) => void (await x.reply({ headers: { 'x-nth': 1 }, body: '<' })),
    '/error': async (x) => void (await x.reply({ headers: { 'x-nth': 2 }, body: '{"error":1}' })),
  }
  const upstream = await startUpstream(t, { script })
  const source = (path: string, more = {}) => ({ url: upstream.url(path), exposeHeaders: ['x-nth'], ...more })
  const service = await build(t, {
    sources: {
      two: source('/two', { retry: { attempts: 2, baseDelay: '1ms' } }),
      bad: source('/bad', { fallback: 1 }),
      error: source('/error', { failWhen: 'error' }),
    },
  })
  const nth = async (id: string) => (await service.get(`/aggregate?sources=${id}`)).headers['x-nth']
  t.strictSame([await nth('two'), await nth('bad'), await nth('error')], ['2', '1', '2'])
})
