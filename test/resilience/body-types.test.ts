import t from 'tap'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** What is on the wire for each type of body, over real sockets. */

t.test('the body and its type, with values of clients and of other sources', async (t) => {
  const upstream = await startUpstream(t)
  const post = (path: string) => ({ url: upstream.url(`/ok?${path}`), method: 'POST', safe: true })
  const params = { q: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } }, n: { type: 'integer' } }
  const service = await build(t, {
    sources: {
      form: { ...post('form'), params, bodyType: 'form', body: { q: '{q}', tag: '{tags}', n: '{n}', fixed: true } },
      text: { ...post('text'), params, bodyType: 'text', body: 'find {q} in {tags}, {n} times' },
      xml: { ...post('xml'), params, bodyType: 'xml', body: '<find tags="{tags}" n="{n}">{q}</find>' },
      json: { ...post('plain'), params, body: { q: '{q}', tags: '{tags}', n: '{n}' } },
      list: { url: upstream.url('/ok?list'), hidden: true },
      bound: {
        ...post('bound'),
        bind: { ids: { from: 'list', select: '[`5`, `null`, `"a&b"`]' } },
        bodyType: 'form',
        body: { id: '{ids}' },
      },
      own: { ...post('own'), bodyType: 'xml', body: '<a/>', headers: { 'content-type': 'application/soap+xml' } },
    },
  })
  const query = new URLSearchParams([
    ['q', 'a&b <ü>'],
    ['tags', 'x y'],
    ['tags', '&'],
    ['n', '9007199254740993'],
  ])
  const answer = await service.get(`/aggregate?${query}`)
  t.strictSame(answer.json.failedSources, [])
  const sent = (path: string) => {
    const seen = upstream.requests.find(({ target }) => target === `/ok?${path}`)
    return [seen?.headers['content-type'], seen?.body.toString(), Number(seen?.headers['content-length'])]
  }
  for (const [path, type, body] of [
    ['form', 'application/x-www-form-urlencoded', 'q=a%26b+%3C%C3%BC%3E&tag=x+y&tag=%26&n=9007199254740993&fixed=true'],
    ['text', 'text/plain; charset=utf-8', 'find a&b <ü> in x y,&, 9007199254740993 times'],
    ['xml', 'application/xml', '<find tags="x y,&#38;" n="9007199254740993">a&#38;b &#60;ü&#62;</find>'],
    ['plain', 'application/json', '{"q":"a&b <ü>","tags":["x y","&"],"n":9007199254740993}'],
    ['bound', 'application/x-www-form-urlencoded', 'id=5&id=a%26b'],
    ['own', 'application/soap+xml', '<a/>'],
  ] as const)
    t.strictSame(sent(path), [type, body, Buffer.byteLength(body)], path)
})

t.test('a value that does not fit is a 400, or a failure where a source provided it', async (t) => {
  const upstream = await startUpstream(t)
  const xml = { url: upstream.url('/ok'), method: 'POST', safe: true, bodyType: 'xml', body: '<a>{x}</a>' }
  const service = await build(t, {
    sources: {
      list: { url: upstream.url('/ok?list'), hidden: true },
      asked: { ...xml, params: { x: { type: 'string' } } },
      bound: { ...xml, bind: { x: { from: 'list', select: '`"\\u0007"`' } } },
    },
  })
  const refused = await service.get('/aggregate?sources=asked&x=%07')
  t.match(refused, {
    status: 400,
    json: { errors: [{ path: 'x', message: /holds a character that XML does not allow/ }] },
  })
  const failed = await service.get('/aggregate?sources=bound')
  t.match(failed.json.failedSources, [{ id: 'bound', code: 'dependency_failed' }])
})

t.test('two bodies of different type are kept apart in the cache', async (t) => {
  const upstream = await startUpstream(t)
  const source = { url: upstream.url('/ok'), method: 'POST', safe: true, cache: { ttl: '1m' } }
  const params = { q: { type: 'string' } }
  const config = { a: { ...source, params, bodyType: 'form', body: { q: '{q}' } } }
  const service = await build(t, { sources: config })
  for (const q of ['a', 'b', 'a', 'a%26q=b']) await service.get(`/aggregate?q=${q}`)
  t.same(
    upstream.requests.map(({ body }) => body.toString()),
    ['q=a', 'q=b', 'q=a%26q%3Db'],
  )
})
