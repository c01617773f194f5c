import t from 'tap'
import { configOf, oneSource, problemsOf, sourceOf } from '../../support.ts'

const READ = '  read: { url: "https://r.example/" }\n'

t.test('a body is a template', async (t) => {
  const body = (keys: string, values = {}) =>
    sourceOf(`method: POST, ${keys}`).body?.render({ json: values, text: values }).toString()
  const params = 'params: { city: {}, days: { required: false } }'
  const keys = `body: { city: "{city}", days: ["{days}", 1], text: "in {city}" }, ${params}`
  t.equal(body(keys, { city: '"}' }), '{"city":"\\"}","days":[1],"text":"in \\"}"}')
  t.equal(body('body: null'), 'null')
  t.equal(body('body: false'), 'false')
  t.equal(body('body:'), 'null')
  t.equal(body(''), undefined)
  t.equal(body('body: { "__proto__": 1 }'), '{"__proto__":1}')
})

t.test('a body with GET', async (t) => {
  const wrong = 'is not sent with GET, the method of "a"; write method: POST, or leave body out'
  t.same(problemsOf(oneSource('body: {}')), [`sources.a.body (line 3): ${wrong}`])
  t.same(problemsOf(oneSource('body: "{x}", params: { x: {} }')), [`sources.a.body (line 3): ${wrong}`])
  t.same(problemsOf(oneSource('', 'body: {}')), [`defaults.body (line 1): ${wrong}`])
  t.same(problemsOf(oneSource('method: GET, body: {}', 'method: POST')), [`sources.a.body (line 3): ${wrong}`])
  t.same(problemsOf(oneSource('method: PUT, body: {}') + READ), [])
  t.match(problemsOf(oneSource('method: FETCH, body: {}')), [/^sources\.a\.method/], 'the method was told of')
  const own = sourceOf('method: GET', {}, 'method: POST, body: { a: 1 }')
  t.equal(own.body, null, 'one in defaults is for those that send one')
  t.equal(sourceOf('', {}, 'method: POST, body: { a: 1 }').body?.render({ json: {}, text: {} }).toString(), '{"a":1}')
})

t.test('a body with a number that YAML has rounded', async (t) => {
  t.same(problemsOf(oneSource('method: POST, body: { a: [9007199254740993] }')), [
    'sources.a.body (line 3): holds a whole number beyond 2^53, which would be rounded; write it in quotes',
  ])
})

t.test('a source that forwards the body of the client is asked by views that have one', async (t) => {
  const sources = 'sources:\n  raw: { url: "https://a.example/", method: POST, safe: true, body: forward }\n'
  const after = '  after: { url: "https://b.example/{x}", bind: { x: { from: raw } } }\n'
  const why = 'and a GET has none; write method: POST for the view, or leave it out'
  t.same(problemsOf(`${sources}${after}views: { home: { sources: [raw, after] } }`), [
    `views.home.sources[0] (line 4): "raw" forwards the body of the client, ${why}`,
    `views.home.sources[1] (line 4): "after" takes data of a source that forwards the body of the client, ${why}`,
  ])
  const config = configOf(`${sources}${after}views: { home: { method: POST, sources: [raw, after] } }`)
  t.match(config.sources.get('raw'), { body: null, forwardsBody: true, needsBody: true })
  t.match(config.sources.get('after'), { forwardsBody: false, needsBody: true })
})
