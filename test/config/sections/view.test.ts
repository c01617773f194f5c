import t from 'tap'
import { cpuMs } from '../../support/cpu-time.ts'
import { configOf, problemsOf, warningsOf } from '../support.ts'

const SOURCES = `
sources:
  weather: { url: "https://w.example{?q,n}", params: { q: { type: string }, n: { type: integer } } }
  news: { url: "https://n.example/" }
  secret: { url: "https://s.example/", hidden: true }
`

const viewProblems = (view: string, more = '') => problemsOf(`${SOURCES}views: { v: ${view} }\n${more}`)

const file = (shape: string, sources = '[news, weather]') => `
sources: { news: { url: "https://n.example/" }, weather: { url: "https://w.example/" } }
views: { home: { sources: ${sources}, shape: ${shape} } }
`

t.test('one expression, or one for each name', async (t) => {
  const whole = configOf(file('"{n: news.a, t: weather.t}"')).views.get('home')?.shape
  const data = { news: { a: 1 }, weather: { t: 2 } }
  t.ok(whole && 'whole' in whole)
  if (whole && 'whole' in whole) t.same(whole.whole(data), { n: 1, t: 2 })
  const parts = configOf(file('{ temp: weather.t, n: news.a }')).views.get('home')?.shape
  t.ok(parts && 'parts' in parts)
  if (parts && 'parts' in parts)
    t.same(
      [...parts.parts].map(([key, of]) => [key, of(data)]),
      [
        ['temp', 2],
        ['n', 1],
      ],
    )
})

t.test('an invalid expression', async (t) => {
  t.match(problemsOf(file('"news["')), [/^views\.home\.shape \(line 3\): is no valid JMESPath/])
  const parts = problemsOf(file('{ temp: "weather[", n: "news[", ok: news }'))
  t.match(parts, [
    /^views\.home\.shape\.temp \(line 3\): is no valid JMESPath/,
    /^views\.home\.shape\.n \(line 3\): is no valid JMESPath/,
  ])
  t.equal(parts.length, 2)
  t.match(problemsOf(file('{ __proto__: news }')), [/shape\.__proto__ .* the key must be an id/])
})

t.test('an expression that fails if all data is null', async (t) => {
  const errs =
    'errs when every source is null, and yields null then; guard what it calls, as in length(not_null(news, `[]`)) or length(news || `[]`)'
  t.same(warningsOf(file('length(news)')), [`views.home.shape (line 3): ${errs}`])
  t.same(warningsOf(file('{ ok: news.a, n: length(news), t: "sort_by(weather, &x)" }')), [
    `views.home.shape.n (line 3): ${errs}`,
    `views.home.shape.t (line 3): ${errs}`,
  ])
  for (const guarded of ['"length(not_null(news, `[]`))"', '"length(news || `[]`)"', 'news.a.b', '"news[].title"']) {
    t.same(warningsOf(file(guarded)), [], guarded)
  }
  t.same(warningsOf(file('keys(@)')), [], 'the keys are there')
  t.same(warningsOf(file('keys(@)[0]', '{ x: { source: news } }')), [])
  t.same(warningsOf(file('{ a: "length(news", b: "length(news)" }')).length, 1, 'along with problems')
})

t.test('an expression that may not terminate is a warning and is not evaluated', async (t) => {
  const endless = `${'[@,@]|'.repeat(40)}@`
  const startedAt = cpuMs()
  t.match(warningsOf(file(`"${endless}"`)), [/^views\.home\.shape \(line 3\): may take longer than any timeout/])
  t.match(warningsOf(file(`{ a: "${endless}", b: "length(news)" }`)), [/^views\.home\.shape\.a .*than any timeout/])
  const select = `
sources:
  news: { url: "https://n.example/", select: "${endless}" }
  more: { url: "https://m.example/{?a}", bind: { a: { from: news, select: "${endless}" } } }
`
  t.match(warningsOf(select), [/^sources\.news\.select/, /^sources\.more\.bind\.a\.select/])
  t.match(warningsOf(file('"pad_left(news.a, news.b)"')), [/than any timeout/])
  t.ok(cpuMs() - startedAt < 5000)
})

t.test('deadlines', async (t) => {
  t.same(viewProblems('{ sources: [news], deadline: 11s }'), [
    'views.v.deadline (line 6): 11s is above deadline.max, which is 10s; write at most that',
  ])
  t.same(viewProblems('{ sources: [news], deadline: 6s }', 'deadline: { max: 5s }'), [
    'views.v.deadline (line 6): 6s is above deadline.max, which is 5s; write at most that',
  ])
  t.same(viewProblems('{ sources: [news], deadline: 10s }'), [])
  t.same(viewProblems('{ sources: [news], deadline: 11s }', 'deadline: { max: 5 }').length, 1)
})
