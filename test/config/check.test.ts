import t from 'tap'
import { MINIMAL, problemsOf } from './support.ts'

t.test('trustProxy', async (t) => {
  const problem = (value: string) => problemsOf(`server: { trustProxy: ${value} }\n${MINIMAL}`)
  const wrong = [
    'server.trustProxy (line 1): holds no valid address or CIDR range; write for example 10.0.0.1 or 10.0.0.0/8',
  ]
  for (const value of [
    '10.0.0',
    '10.0.0.0/33',
    '"::1/129"',
    '10.0.0.0/0',
    '10.0.0.0/255.0.0.0',
    '[10.0.0.1, example.com]',
    '["10"]',
  ]) {
    t.same(problem(value), wrong, value)
  }
  for (const value of [
    'true',
    'false',
    '0',
    '2',
    '10.0.0.1',
    '10.0.0.0/32',
    '"::1"',
    '"fd00::/8"',
    'loopback',
    '"10.0.0.1, ::1"',
  ]) {
    t.same(problem(value), [], value)
  }
})

t.test('deadline.default and deadline.max', async (t) => {
  const problem = (value: string) => problemsOf(`deadline: { ${value} }\n${MINIMAL}`)
  t.same(problem('default: 11s'), [
    'deadline.default (line 1): 11s is above max, which is 10s; lower default or raise max',
  ])
  t.same(problem('max: 1s'), [], 'the default that nobody wrote follows')
  t.same(problem('max: 1s, default: 1s'), [])
  t.equal(problem('max: 1s, default: 5').length, 1)
})

t.test('there must be something to show', async (t) => {
  t.same(problemsOf('sources: {}'), ['sources (line 1): is empty; write at least one source'])
  const nothing = (line: number) => [
    `sources (line ${line}): every source is hidden and there is no view, so there is nothing to ask; write a view, or hidden: false`,
  ]
  const hidden = 'sources: { a: { url: "https://a/", hidden: true } }'
  t.same(problemsOf(hidden), nothing(1))
  t.same(problemsOf('defaults: { hidden: true }\nsources: { a: { url: "https://a/" } }'), nothing(2))
  t.same(problemsOf(`${hidden}\nviews: { v: { sources: [a] } }`), [], 'a view shows what is hidden')
  t.equal(problemsOf('sources: { a: { url: "https://a/", hidden: yes } }').length, 1)
  t.equal(problemsOf('sources: 1').length, 1)
})

t.test('sources may be as many as you like; one view holds no more than an answer', async (t) => {
  const ids = Array.from({ length: 300 }, (_, i) => `s${i}`)
  const sources = `sources: { ${ids.map((id) => `${id}: { url: "https://a/" }`).join(', ')} }`
  t.same(problemsOf(sources), [])
  t.same(problemsOf(`${sources}\nviews: { v: { sources: [${ids.slice(0, 64)}] } }`), [])
  t.same(problemsOf(`${sources}\nviews: { v: { sources: [${ids.slice(0, 65)}] } }`), [
    'views.v.sources (line 2): has 65 sources; an answer has at most 64',
  ])
})
