import t from 'tap'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Selecting and shaping, and formats, over real sockets. */

const ok = (json: string) => `/ok?json=${encodeURIComponent(json)}`

t.test('what is selected takes the place of the body; what errs is a failure of its source only', async (t) => {
  const upstream = await startUpstream(t)
  const url = upstream.url(ok('{"a":{"b":[3,1,2]},"n":null}'))
  const service = await build(t, {
    sources: {
      part: { url, select: 'a.b | sort(@)' },
      nothing: { url, select: 'a.c' },
      broken: { url, select: 'length(n)' },
      checked: { url, select: 'a.b', schema: { type: 'string' }, validate: true },
      polluted: { url: upstream.url(ok('{"__proto__":{"x":1},"constructor":2}')), select: '[__proto__, constructor]' },
    },
  })
  const { json } = await service.get('/aggregate')
  t.strictSame(json.data, { part: [1, 2, 3], nothing: null, broken: null, checked: null, polluted: [null, null] })
  const codes = json.failedSources.map(({ id, code }: { id: string; code: string }) => [id, code])
  t.strictSame(codes, [
    ['broken', 'select_failed'],
    ['checked', 'invalid_body'],
  ])
})

t.test('a view has the shape that its expressions say', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      weather: { url: upstream.url(ok('{"main":{"temp":9.5}}')) },
      news: { url: upstream.url('/status?code=500') },
    },
    views: {
      whole: { sources: ['weather', 'news'], shape: '{temp: weather.main.temp, headline: news.articles[0].title}' },
      parts: {
        sources: ['weather', 'news'],
        shape: { temp: 'weather.main.temp', count: 'length(news || `[]`)', err: "sort_by(weather.main, &'x')" },
      },
    },
  })
  const whole = await service.get('/aggregate/whole')
  t.strictSame(whole.json.data, { temp: 9.5, headline: null })
  t.equal(whole.json.partial, true)
  t.match(whole.json.failedSources, [{ id: 'news' }])
  const parts = await service.get('/aggregate/parts')
  t.strictSame(parts.json.data, { temp: 9.5, count: 0, err: null })
  const warned = service.log.named('shape')
  t.equal(warned.length, 1)
  t.match(warned, [{ level: 40, view: 'parts', key: 'err', reqId: parts.json.meta.requestId }])
  t.strictSame((await service.get('/aggregate/whole?sources=weather')).json.data, { temp: 9.5, headline: null })
})

t.test('without an expression the tokens of a body stay as they came', async (t) => {
  const upstream = await startUpstream(t)
  const text = '{"b":9007199254740993,"a":1.10,"b":2}'
  const service = await build(t, { sources: { a: { url: upstream.url(ok(text)) } } })
  t.ok((await service.get('/aggregate')).body.includes(`"a":${text}`))
})

t.test('text is a string, and XML is data', async (t) => {
  const rss = `<?xml version="1.0"?><rss version="2.0"><channel><title>A &amp; B</title>
    <item><title>One</title><guid isPermaLink="false">1</guid></item><item><title>Two &lt;3</title></item></channel></rss>`
  const upstream = await startUpstream(t, {
    script: {
      '/feed': async (x) => void (await x.reply({ headers: { 'content-type': 'application/rss+xml' }, body: rss })),
      '/bad': async (x) => void (await x.reply({ body: '<a><b></a>' })),
      '/bomb': async (x) =>
        void (await x.reply({ body: `<!DOCTYPE a [<!ENTITY b "${'x'.repeat(1000)}">]><a>${'&b;'.repeat(1000)}</a>` })),
    },
  })
  const service = await build(t, {
    sources: {
      motd: { url: upstream.url('/ok?body=Hello%20%22you%22'), format: 'text' },
      feed: { url: upstream.url('/feed'), format: 'xml', select: 'rss.channel.item[].{title: title, id: guid}' },
      title: { url: upstream.url('/feed'), format: 'xml', select: 'rss.channel.title' },
      bad: { url: upstream.url('/bad'), format: 'xml' },
      bomb: { url: upstream.url('/bomb'), format: 'xml' },
    },
  })
  const { json, body } = await service.get('/aggregate')
  t.equal(json.data.motd, 'Hello "you"')
  t.strictSame(json.data.feed, [
    { title: 'One', id: { '#text': '1', '@isPermaLink': 'false' } },
    { title: 'Two <3', id: null },
  ])
  t.equal(json.data.title, 'A & B')
  t.equal(json.data.bad, null)
  t.equal(json.failedSources.find(({ id }: { id: string }) => id === 'bad').code, 'invalid_body')
  t.ok(body.length < 20_000, 'no entity was expanded')
  const accepts = upstream.requests.map(({ path, headers }) => [path, headers.accept])
  t.match(accepts.find(([path]) => path === '/feed')?.[1], /xml/)
})

t.test('hostile data costs its own source only', async (t) => {
  const upstream = await startUpstream(t)
  const deep = { url: upstream.url('/deep-json?levels=200000'), timeout: '5s' }
  const service = await build(t, {
    deadline: { default: '8s' },
    sources: {
      good: { url: upstream.url('/ok') },
      selected: { ...deep, select: '[0]' },
      seen: deep,
      bound: { url: `${upstream.origin}/echo/{id}`, bind: { id: { from: 'seen', select: '[0]' } } },
    },
    views: { shaped: { sources: ['good', 'seen'], shape: { good: 'good.ok', seen: 'seen' } } },
  })
  const { status, body } = await service.get('/aggregate?sources=good,selected,bound')
  const json = JSON.parse(body)
  t.equal(status, 200)
  t.strictSame(json.data.good, { ok: true })
  const codes = json.failedSources.map(({ id, code }: { id: string; code: string }) => [id, code])
  t.strictSame(codes, [
    ['selected', 'select_failed'],
    ['bound', 'dependency_failed'],
  ])
  const shaped = await service.get('/aggregate/shaped')
  t.strictSame(shaped.json.data, { good: true, seen: null })
})

t.test('a hidden source is shown by the view that holds it, and by nothing else', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: { inner: { url: upstream.url('/ok'), hidden: true } },
    views: { home: { sources: ['inner'] } },
  })
  t.strictSame((await service.get('/aggregate/home')).json.data, { inner: { ok: true } })
  t.strictSame((await service.get('/aggregate/home?sources=inner')).json.data, { inner: { ok: true } })
  t.equal((await service.get('/aggregate?sources=inner')).status, 400)
})
