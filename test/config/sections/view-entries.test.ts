import t from 'tap'
import { configOf, problemsOf } from '../support.ts'

const SOURCES = `
sources:
  weather: { url: "https://w.example{?q,n}", params: { q: { type: string }, n: { type: integer } } }
  news: { url: "https://n.example/" }
  secret: { url: "https://s.example/", hidden: true }
`

const viewProblems = (view: string, more = '') => problemsOf(`${SOURCES}views: { v: ${view} }\n${more}`)

t.test('a source that does not exist', async (t) => {
  t.same(viewProblems('{ sources: [news, wether] }'), [
    'views.v.sources[1] (line 6): there is no source "wether"; did you mean "weather"?',
  ])
  t.same(viewProblems('{ sources: { wether: {} } }'), [
    'views.v.sources.wether (line 6): there is no source "wether"; did you mean "weather"?',
  ])
  t.same(viewProblems('{ sources: { news: { source: wether } } }'), [
    'views.v.sources.news (line 6): there is no source "wether"; did you mean "weather"?',
  ])
})

t.test('a source listed twice', async (t) => {
  t.same(viewProblems('{ sources: [news, weather, news] }'), [
    'views.v.sources[2] (line 6): "news" is listed twice; use a map to ask a source more than once',
  ])
  t.same(viewProblems('{ sources: { a: { source: news }, b: { source: news } } }'), [])
})

t.test('a view may have a hidden source', async (t) => {
  t.same(viewProblems('{ sources: [secret, news] }'), [])
  t.same(viewProblems('{ sources: { news: { source: secret } } }'), [])
})

t.test('fixed parameters', async (t) => {
  const fixed = (params: string) => viewProblems(`{ sources: { weather: { params: ${params} } } }`)
  const at = (name: string) => `views.v.sources.weather.params.${name} (line 6): `
  t.same(fixed('{ city: Paris }'), [`${at('city')}"weather" declares no such parameter; known are q, n`])
  t.same(fixed('{ n: Paris }'), [`${at('n')}does not fit the parameter's schema: must be an integer`])
  t.same(fixed('{ q: 9007199254740993 }'), [
    `${at('q')}holds a whole number beyond 2^53, which would be rounded; write it in quotes`,
  ])
  t.same(fixed('{ q: null }'), [
    `${at('q')}has no value and must be a string, a number, true or false, or a list or map of these`,
  ])
  t.same(fixed('{ constructor: 1 }'), [`${at('constructor')}"weather" declares no such parameter; known are q, n`])
  t.same(fixed('{ q: Paris, n: 1 }'), [])
  t.same(viewProblems('{ sources: { news: { params: { q: Paris } } } }'), [
    'views.v.sources.news.params.q (line 6): "news" declares no such parameter',
  ])
})

t.test('a problem of a source is not reported again for the views that use it', async (t) => {
  const problems = problemsOf(`
sources: { a: { url: "https://a.example{?q}", params: { q: { typ: x } } }, b: 1 }
views: { v: { sources: { x: { source: a, params: { q: 1 } }, b: {} } } }
`)
  t.match(problems, [/^sources\.b .* must be a map/, /^sources\.a\.params\.q .*"typ" is no keyword/])
  t.equal(problems.length, 2)
  const broken = 'sources: { a: { url: "https://a.example{?q}", params: { q: 1 } } }'
  t.match(problemsOf(`${broken}\nviews: { v: { sources: { a: { params: { q: 1 } } } } }`), [
    /^sources\.a\.params\.q .* must be a map/,
  ])
})

t.test('the number of sources', async (t) => {
  const entries = (count: number) => Array.from({ length: count }, (_, i) => `n${i}: { source: news }`).join(', ')
  t.same(viewProblems(`{ sources: { ${entries(64)} } }`), [])
  t.same(viewProblems(`{ sources: { ${entries(65)} } }`), [
    'views.v.sources (line 6): has 65 sources; an answer has at most 64',
  ])
})

t.test('an entry inherits required from its source', async (t) => {
  const { views } = configOf(`
sources: { a: { url: "https://a.example/", required: true }, b: { url: "https://b.example/" } }
views: { v: { sources: { a: {}, x: { source: a, required: false }, b: {}, y: { source: b, required: true } } } }
`)
  t.same(
    views.get('v')?.entries.map(({ required }) => required),
    [true, false, false, true],
  )
})

t.test('sources that the entries need count, too', async (t) => {
  const chain = Array.from({ length: 299 }, (_, i) => {
    const bind = `bind: { v: { from: c${i}, select: id } }`
    return `c${i + 1}: { url: "https://a{?v}", ${bind}, hidden: true }`
  })
  const needing = (id: string) =>
    problemsOf(`sources: { c0: { url: "https://a/", hidden: true }, ${chain.join(', ')}, x: { url: "https://x/" } }
views: { v: { sources: { x: {}, mine: { source: ${id} } } } }`)
  t.same(needing('c254').length, 0, '256 together')
  t.match(needing('c255'), [
    /^views\.v\.sources .*: asks 2 sources, which need 255 others; an answer asks at most 256 together$/,
  ])
})

t.test('the number of sources is unlimited, but that of one view is limited', async (t) => {
  const ids = Array.from({ length: 300 }, (_, i) => `s${i}`)
  const sources = `sources: { ${ids.map((id) => `${id}: { url: "https://a/" }`).join(', ')} }`
  t.same(problemsOf(sources), [])
  t.same(problemsOf(`${sources}\nviews: { v: { sources: [${ids.slice(0, 64)}] } }`), [])
  t.same(problemsOf(`${sources}\nviews: { v: { sources: [${ids.slice(0, 65)}] } }`), [
    'views.v.sources (line 2): has 65 sources; an answer has at most 64',
  ])
})
