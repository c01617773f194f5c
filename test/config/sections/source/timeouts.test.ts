import t from 'tap'
import { oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('timeouts', async (t) => {
  t.same(problemsOf(oneSource('attemptTimeout: 2s')), [
    `${at('attemptTimeout')}2s is above timeout, which is 1s for "a"; write at most that`,
  ])
  t.same(problemsOf(oneSource('attemptTimeout: 600ms, timeout: 500ms')), [
    `${at('attemptTimeout')}600ms is above timeout, which is 500ms for "a"; write at most that`,
  ])
  t.same(problemsOf(oneSource('attemptTimeout: 500ms, timeout: 500ms')), [])
  t.same(problemsOf(oneSource('attemptTimeout: 100ms, connectTimeout: 200ms')), [
    `${at('connectTimeout')}is above attemptTimeout, which is 100ms; write at most that`,
  ])
  t.same(problemsOf(oneSource('attemptTimeout: 100ms', 'connectTimeout: 200ms')), [], 'a default is capped')
  t.same(
    problemsOf(oneSource('attemptTimeout: 2s, timeout: 10')).length,
    1,
    'nothing is compared with what is wrong already',
  )
  t.same(
    problemsOf(oneSource('attemptTimeout: 2s', 'timeout: 10')).map((line) => line.replace(/:.*/, '')),
    ['defaults.timeout (line 1)'],
    'nor with what is wrong in the defaults',
  )
})

t.test('the connect timeout is capped by the shorter of the others', async (t) => {
  t.equal(sourceOf('timeout: 200ms').connectTimeoutMs, 200)
  t.equal(sourceOf('attemptTimeout: 100ms').connectTimeoutMs, 100)
  t.equal(sourceOf('attemptTimeout: 100ms', {}, 'connectTimeout: 400ms').connectTimeoutMs, 100)
})

t.test('a timeout above every deadline that uses it', async (t) => {
  const warning = (timeout: string) =>
    `sources.a.timeout (line 3): ${timeout} is above every deadline that "a" is called under, so it has no effect`
  const view = (deadline: string) => `views: { v: { sources: [a], deadline: ${deadline} } }`
  t.same(warningsOf(oneSource('timeout: 3s')), [warning('3s')])
  t.same(warningsOf(oneSource('timeout: 2s')), [])
  t.same(warningsOf(`${oneSource('timeout: 3s')}${view('3s')}`), [])
  t.same(warningsOf(`${oneSource('timeout: 4s')}${view('3s')}`), [warning('4s')])
  t.same(warningsOf(`${oneSource('')}deadline: { default: 500ms }`), [warning('1s')])
  t.same(warningsOf(oneSource('timeout: "${T}"'), { T: '3s' }), [warning('what the environment says')])
  t.same(warningsOf(oneSource('', 'timeout: 3s')), [
    'defaults.timeout (line 1): 3s is above every deadline that "a" is called under, so it has no effect',
  ])
  t.same(
    warningsOf(`${oneSource('timeout: 3s, hidden: true')}  b: { url: "https://b.example/" }`),
    ['sources.a.hidden (line 3): no view, bind or forEach uses "a", so it is never called; leave hidden out'],
    'nothing uses it',
  )
})

t.test('a call that runs on after its answer has a use for a longer timeout', async (t) => {
  const view = 'views: { v: { method: POST, sources: [a] } }'
  t.same(warningsOf(`${oneSource('timeout: 3s, method: POST')}${view}`), [])
  t.same(warningsOf(oneSource('timeout: 3s, cache: { ttl: 1m }')), [])
  t.equal(warningsOf(oneSource('timeout: 3s, cache: { ttl: 0 }')).length, 1, 'nothing is cached')
})

t.test('a source that others need is called under their deadlines', async (t) => {
  const timeouts = (timeout: string, more: string) =>
    warningsOf(`
sources:
  a: { url: "https://a.example/", hidden: true, timeout: ${timeout} }
  b: { url: "https://b.example{?x}", hidden: true, bind: { x: { from: a } } }
  c: { url: "https://c.example{?x}", forEach: { from: b, as: x } }
${more}`)
  const warned = (timeout: string) => [
    `sources.a.timeout (line 3): ${timeout} is above every deadline that "a" is called under, so it has no effect`,
  ]
  t.same(timeouts('2s', ''), [], '/aggregate asks for c, which needs b, which needs a')
  t.same(timeouts('3s', ''), warned('3s'))
  t.same(timeouts('3s', 'views: { v: { sources: [c], deadline: 3s } }'), [])
  t.same(timeouts('4s', 'views: { v: { sources: { x: { source: c } }, deadline: 3s } }'), warned('4s'))
  const broken = timeouts('3s', '  d: { url: "https://d.example{?x}", bind: { x: { from: a, form: a } } }')
  t.same(broken, [], 'nothing is said while somebody may need it')
})
