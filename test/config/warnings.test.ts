import t from 'tap'
import { MINIMAL, oneSource, warningsOf } from './support.ts'

t.test('none', async (t) => {
  t.same(warningsOf(MINIMAL), [])
})

t.test('a value without a use', async (t) => {
  t.same(warningsOf(oneSource('values: { x: 1 }')), ['sources.a.values.x (line 3): is used nowhere; leave it out'])
  t.same(warningsOf(oneSource('', 'values: { x: 1 }')), ['defaults.values.x (line 1): is used nowhere; leave it out'])
  const used = 'b: { url: "https://b/{x}" }'
  t.same(
    warningsOf(`defaults: { values: { x: 1 } }\nsources: { a: { url: "https://a/" }, ${used} }`),
    [],
    'one use is enough',
  )
})

t.test('secrets over plain http', async (t) => {
  const warning = (what: string) => [
    `sources.a.url (line 3): ${what} travel unencrypted over http to another host; use https`,
  ]
  const url = 'url: "http://a.example{?x}"'
  const x = 'params: { x: {} }'
  t.same(warningsOf(oneSource(`${url}, values: { x: 1 }`)), warning('values'))
  t.same(warningsOf(oneSource(`${url}, ${x}, headers: { x-key: a }`)), warning('headers'))
  t.same(warningsOf(oneSource(`${url}, ${x}`, 'headers: { x-key: a }')), warning('headers'))
  t.same(warningsOf(oneSource(`${url}, ${x}, forwardHeaders: [Cookie]`)), warning("the client's credentials"))
  t.same(
    warningsOf(oneSource('url: "http://a.example?key=${K}"'), { K: 'x' }),
    warning('environment references in url'),
  )
  t.same(warningsOf(oneSource(`${url}, ${x}`)), [])
  t.same(warningsOf(oneSource('url: "https://a.example?key=${K}"'), { K: 'x' }), [])
  for (const host of ['localhost', 'a.localhost', '127.0.0.1', '127.8.9.1:8080', '[::1]:80']) {
    t.same(warningsOf(oneSource(`url: "http://${host}/", headers: { a: b }`)), [], host)
  }
  for (const host of ['127.example', 'localhost.example', '10.0.0.1', '[::2]']) {
    t.same(warningsOf(oneSource(`url: "http://${host}/", headers: { a: b }`)), warning('headers'), host)
  }
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

t.test('a body with secrets over plain http', async (t) => {
  const body = 'url: "http://a.example/", method: POST, safe: true, body: { a: [x, "${K}"] }'
  t.same(warningsOf(oneSource(body), { K: 'x' }), [
    'sources.a.url (line 3): environment references in body travel unencrypted over http to another host; use https',
  ])
  t.same(warningsOf(oneSource('url: "http://a.example/", method: POST, safe: true, body: { a: [x] }')), [])
})

t.test('warnings come along with problems', async (t) => {
  t.same(warningsOf(oneSource('timeout: 3s, nonsense: 1')).length, 1)
})

t.test('bounds of a source that no answer can use', async (t) => {
  const file = (server: string, keys: string) => `${oneSource(keys)}server: { ${server} }\n`
  t.same(warningsOf(file('maxAnswerBytes: 512kb', 'maxBytes: 1mb')), [
    'sources.a.maxBytes (line 3): 1 MiB is above server.maxAnswerBytes, which is 512 KiB, so that larger data never reaches a client; lower the one or raise the other',
  ])
  const each = 'url: "https://a.example/{x}", forEach: { from: b, as: x, limit: 100 }'
  const list = '  b: { url: "https://b.example/" }\n'
  const text = `${oneSource(each)}${list}server: { maxAttempts: 50 }\n`
  t.same(warningsOf(text), [
    'sources.a.forEach.limit (line 3): 100 items are more than server.maxAttempts, which is 50, so that the last ones always fail; lower the one or raise the other',
  ])
  t.same(warningsOf(file('maxAnswerBytes: 8mb', 'maxBytes: 8mb')), [])
})
