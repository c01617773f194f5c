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

t.test('a view cannot hold an unsafe source', async (t) => {
  const config = `sources:
  write: { url: "https://a.example/", method: POST }
  b: { url: "https://b.example/{x}", bind: { x: { from: write } } }
views:
  home: { sources: [write, b] }
`
  t.same(problemsOf(config), [
    'views.home.sources[0] (line 5): "write" is unsafe: asking it may change something, and views ask safe sources only; leave it out, or write safe: true, if asking it changes nothing',
    'views.home.sources[1] (line 5): "b" is unsafe, because it takes data of "write", which is, and views ask safe sources only; leave it out, or write safe: true for what it takes data from, if asking that changes nothing',
  ])
})

t.test('an unsafe source that no request can call', async (t) => {
  t.same(warningsOf(oneSource('method: POST') + READ), [
    'sources.a (line 3): is never asked: "a" is unsafe: asking it may change something, and only views with another method than GET, which are not supported yet, ask such sources; write safe: true, if asking it changes nothing',
  ])
  t.same(warningsOf(oneSource('method: POST, safe: true') + READ), [])
})
