import t from 'tap'
import { oneSource, problemsOf, sourceOf } from '../../support.ts'

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
  const wrong = 'is sent by POST only, and "a" is a GET; write method: POST, or leave body out'
  t.same(problemsOf(oneSource('body: {}')), [`sources.a.body (line 3): ${wrong}`])
  t.same(problemsOf(oneSource('body: "{x}", params: { x: {} }')), [`sources.a.body (line 3): ${wrong}`])
  t.same(problemsOf(oneSource('', 'body: {}')), [`defaults.body (line 1): ${wrong}`])
  t.same(problemsOf(oneSource('method: GET, body: {}', 'method: POST')), [`sources.a.body (line 3): ${wrong}`])
  t.match(problemsOf(oneSource('method: PUT, body: {}')), [/^sources\.a\.method/], 'the method was told of')
  const own = sourceOf('method: GET', {}, 'method: POST, body: { a: 1 }')
  t.equal(own.body, null, 'one in defaults is for those that send one')
  t.equal(sourceOf('', {}, 'method: POST, body: { a: 1 }').body?.render({ json: {}, text: {} }).toString(), '{"a":1}')
})

t.test('a body with a number that YAML has rounded', async (t) => {
  t.same(problemsOf(oneSource('method: POST, body: { a: [9007199254740993] }')), [
    'sources.a.body (line 3): holds a whole number beyond 2^53, which would be rounded; write it in quotes',
  ])
})
