import t from 'tap'
import { configOf, oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

t.test('method, and whether it is idempotent', async (t) => {
  const methods = (keys: string, defaults = '') => {
    const { method, safe, idempotent } = sourceOf(keys, {}, defaults)
    return [method, safe, idempotent]
  }
  t.same(methods('method: POST'), ['POST', false, false])
  t.same(methods('method: POST, idempotent: true'), ['POST', false, true])
  t.same(methods('method: POST, safe: true'), ['POST', true, true])
  t.same(methods('method: POST, safe: true, idempotent: false'), ['POST', true, false])
  t.same(methods('safe: false'), ['GET', false, false])
  t.same(methods('method: PUT'), ['PUT', false, true])
  t.same(methods('method: DELETE'), ['DELETE', false, true])
  t.same(methods('method: PATCH'), ['PATCH', false, false])
  t.same(methods('', 'method: POST'), ['POST', false, false])
  t.same(methods('method: GET', 'method: POST'), ['GET', true, true])
  t.same(warningsOf(oneSource('idempotent: false, hedge: { after: 9ms }')).length, 1, 'a hedge never comes into play')
})

const READ = '  read: { url: "https://r.example/" }\n'

t.test('keys that an unsafe source must not have', async (t) => {
  for (const [key, value] of [
    ['cache', '{ ttl: 1s }'],
    ['hedge', '{ after: 9ms }'],
    ['redirects', '2'],
  ]) {
    const wrong = `sources.a.${key} (line 3): is not possible for "a", because it is unsafe; leave it out, or write safe: true, if asking it changes nothing`
    t.same(problemsOf(oneSource(`method: POST, ${key}: ${value}`) + READ), [wrong])
    t.same(problemsOf(oneSource(`safe: false, ${key}: ${value}`) + READ).length, 1)
    t.same(problemsOf(oneSource(`method: POST, safe: true, ${key}: ${value}`)), [])
    const config = configOf(oneSource('method: POST', `${key}: ${value}`) + READ)
    t.match(config.sources.get('a'), { cache: null, hedge: null, redirects: 0 }, 'from defaults it does not apply')
  }
  t.same(problemsOf(oneSource('method: POST, cache: false, hedge: false, redirects: 0') + READ), [])
})

t.test('a source that needs an unsafe source is unsafe, directly or indirectly', async (t) => {
  const chain = `sources:
  write: { url: "https://a.example/", method: POST }
  b: { url: "https://b.example/{x}", bind: { x: { from: write } } }
  c: { url: "https://c.example/{x}", forEach: { from: b, as: x }, cache: { ttl: 1s } }
  read: { url: "https://r.example/" }
`
  t.same(problemsOf(chain), [
    'sources.c.cache (line 4): is not possible for "c", because it is unsafe; leave it out, or write safe: true for what it takes data from, if asking that changes nothing',
  ])
  const config = configOf(chain.replace(', cache: { ttl: 1s }', ''))
  t.same(
    [...config.sources.values()].map(({ safe }) => safe),
    [false, false, false, true],
  )
  t.same(
    [...config.sources.values()].map(({ idempotent }) => idempotent),
    [false, true, true, true],
    'whether its own request may be repeated is another matter',
  )
})

t.test('a view with GET cannot hold an unsafe source', async (t) => {
  const config = `sources:
  write: { url: "https://a.example/", method: POST }
  b: { url: "https://b.example/{x}", bind: { x: { from: write } } }
views:
  home: { sources: [write, b] }
`
  t.same(problemsOf(config), [
    'views.home.sources[0] (line 5): "write" is unsafe: asking it may change something, and a view with the method GET asks safe sources only; write method: POST for the view, leave it out, or write safe: true, if asking it changes nothing',
    'views.home.sources[1] (line 5): "b" is unsafe, because it takes data of "write", which is, and a view with the method GET asks safe sources only; write method: POST for the view, leave it out, or write safe: true for what it takes data from, if asking that changes nothing',
  ])
  t.same(problemsOf(config.replace('home: {', 'home: { method: POST,')), [])
})

t.test('an unsafe source that no request can call', async (t) => {
  t.same(warningsOf(oneSource('method: POST') + READ), [
    'sources.a (line 3): is never asked: "a" is unsafe: asking it may change something, and only views with another method than GET ask such sources; write one, or write safe: true, if asking it changes nothing',
  ])
  t.same(warningsOf(oneSource('method: POST, safe: true') + READ), [])
})

t.test('an unsafe source that a view asks is not warned of', async (t) => {
  t.same(warningsOf(`${oneSource('method: POST')}${READ}views: { buy: { method: POST, sources: [a] } }`), [])
})

t.test('what takes data of an unsafe source uses its one entry in the view', async (t) => {
  const sources = `sources:
  write: { url: "https://a.example/", method: POST }
  b: { url: "https://b.example/{x}", bind: { x: { from: write } } }
  c: { url: "https://c.example/{x}", bind: { x: { from: b } } }
`
  const of = (entries: string) => problemsOf(`${sources}views: { buy: { method: POST, sources: ${entries} } }`)
  const missing = 'which is unsafe, so that it must be in the view, too; add'
  t.same(of('[b]'), [`views.buy.sources[0] (line 5): "b" takes data of "write", ${missing} write`])
  t.same(of('[write, c]'), [`views.buy.sources[1] (line 5): "c" takes data of "b", ${missing} b`])
  t.same(of('{ one: { source: write }, two: { source: write }, b: {} }'), [
    'views.buy.sources.b (line 5): "b" takes data of "write", which the view asks 2 times, and each is a call of its own; keep one',
  ])
  t.same(of('{ one: { source: write }, b: {}, c: {} }'), [])
})
