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
    'deadline.default (line 1): 11s is above max, which is 10s; lower the one or raise the other',
  ])
  t.same(problem('max: 1s'), [], 'the default that nobody wrote follows')
  t.same(problem('max: 1s, default: 1s'), [])
  t.equal(problem('max: 1s, default: 5').length, 1)
})

t.test('there must be something to show', async (t) => {
  t.same(problemsOf('sources: {}'), ['sources (line 1): is empty; write at least one source'])
  t.same(problemsOf('sources: { a: { url: "https://a/", hidden: true } }'), [
    'sources (line 1): every source is hidden; at least one must not be',
  ])
  t.same(problemsOf('defaults: { hidden: true }\nsources: { a: { url: "https://a/" } }'), [
    'sources (line 2): every source is hidden; at least one must not be',
  ])
  t.equal(problemsOf('sources: { a: { url: "https://a/", hidden: yes } }').length, 1)
  t.equal(problemsOf('sources: 1').length, 1)
})

t.test('sources may be more than one answer holds', async (t) => {
  const many = (count: number, keys = '') =>
    `sources: { ${Array.from({ length: count }, (_, i) => `s${i}: { url: "https://a/"${keys} }`).join(', ')}, x: { url: "https://x/" } }`
  t.same(problemsOf(many(63)), [])
  t.same(problemsOf(many(64)), [])
  t.same(problemsOf(many(64, ', hidden: true')), [])
})
