import t from 'tap'
import { oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

/** A file with the source "user" on line 2, and "a", which has these keys, on line 3. */
const file = (keys: string) => `sources:\n  user: { url: "https://u.example/" }\n  a: { ${keys} }\n`

const URL_X = 'url: "https://a.example{?x}"'

const BIND_X = 'bind: { x: { from: user } }'

const EACH_X = 'forEach: { from: user, as: x }'

const UNPROVIDED =
  'is provided by nothing; add it to params, values or bind, or write {{…}} where the braces are only text'

t.test('a variable without a provider', async (t) => {
  t.same(problemsOf(oneSource('url: "https://a.example/{x}{?y,x}", params: { y: {} }')), [
    `${at('url')}the variable "x" is provided by nothing; add it to params, values or bind`,
  ])
  t.same(problemsOf(oneSource('url: "https://a.example/{x}"', 'values: { x: 1 }')), [])
})

t.test('a variable with two providers', async (t) => {
  const twice = `${at('params.x')}is provided twice, by params and by values; leave one out`
  const url = 'url: "https://a.example{?x}"'
  t.same(problemsOf(oneSource(`${url}, params: { x: {} }, values: { x: 1 }`)), [twice])
  t.same(problemsOf(oneSource(`${url}, params: { x: {} }`, 'values: { x: 1 }')), [twice])
  t.same(problemsOf(oneSource(`${url}, params: { x: {} }, values: false`, 'values: { x: 1 }')), [])
})

t.test('an unused parameter', async (t) => {
  t.same(problemsOf(oneSource('params: { x: {} }')), [
    `${at('params.x')}is used nowhere; add {?x} to the url, or {x} to a header or the body`,
  ])
})

t.test('bind and forEach provide variables for the url, headers and body', async (t) => {
  for (const provided of [BIND_X, EACH_X]) {
    t.same(problemsOf(file(`${URL_X}, ${provided}`)), [])
    t.same(problemsOf(file(`url: "https://a.example/", method: POST, body: [{ y: "{x}" }], ${provided}`)), [])
    t.same(problemsOf(file(`url: "https://a.example/", headers: { authorization: "Bearer {x}" }, ${provided}`)), [])
    t.same(problemsOf(`defaults: { headers: { z: "{x}" } }\n${file(`url: "https://a.example/", ${provided}`)}`), [
      'defaults.headers.z (line 1): the placeholder {x} is provided by nothing in "user"; add it to params, values or bind, or write {{…}} where the braces are only text',
    ])
  }
})

t.test('two providers of one variable, every pair of them', async (t) => {
  const at = 'sources.a.'
  t.same(problemsOf(file(`${URL_X}, params: { x: {} }, values: { x: 1 }, ${BIND_X}, ${EACH_X}`)), [
    `${at}params.x (line 3): is provided twice, by params and by bind; leave one out`,
    `${at}params.x (line 3): is provided twice, by params and by forEach.as; leave one out`,
    `${at}params.x (line 3): is provided twice, by params and by values; leave one out`,
    `${at}bind.x (line 3): is provided twice, by bind and by forEach.as; leave one out`,
    `${at}bind.x (line 3): is provided twice, by bind and by values; leave one out`,
    `${at}forEach.as (line 3): "x" is provided twice, by forEach.as and by values; leave one out`,
  ])
  t.same(problemsOf(`defaults: { values: { x: 1 } }\n${file(`${URL_X}, ${BIND_X}`)}`), [
    `${at}bind.x (line 4): is provided twice, by bind and by values; leave one out`,
  ])
})

t.test('an unused provider', async (t) => {
  const url = 'url: "https://a.example/"'
  t.same(problemsOf(file(`${url}, ${BIND_X}`)), [
    'sources.a.bind.x (line 3): is used nowhere; add {?x} to the url, or {x} to a header or the body',
  ])
  t.same(problemsOf(file(`${url}, ${EACH_X}`)), [
    'sources.a.forEach.as (line 3): "x" is used nowhere; add {?x} to the url, or {x} to a header or the body',
  ])
  t.same(problemsOf(file(`${url}, method: POST, body: { x: "a {{x}}" }, params: { x: {} }`)), [
    'sources.a.params.x (line 3): is used nowhere; add {?x} to the url, or {x} to a header or the body',
  ])
  t.same(warningsOf(file(`${url}, method: POST, safe: true, body: {}, values: { x: 1 }`)), [
    'sources.a.values.x (line 3): is used nowhere; leave it out',
  ])
})

t.test('a placeholder without a provider, in a header and in the body', async (t) => {
  const url = 'url: "https://a.example/"'
  t.same(problemsOf(file(`${url}, headers: { X-A: "{x} {y}", b: "{{x}} { x } {x-y}" }, params: { y: {} }`)), [
    `sources.a.headers.X-A (line 3): the placeholder {x} ${UNPROVIDED}`,
  ])
  const body = `${url}, method: POST, body: { a: ["{x}", "{ x }", "{z}y", "{x-y}", "{{w}}"] }`
  t.same(problemsOf(file(body)), [
    `sources.a.body.a[0] (line 3): the placeholder {x} ${UNPROVIDED}`,
    `sources.a.body.a[2] (line 3): the placeholder {z} ${UNPROVIDED}`,
  ])
  t.same(problemsOf(file(`${body}, params: { x: {} }, values: { z: 1 }`)), [])
})

t.test('values from the environment are not shown', async (t) => {
  const environment = { TOKEN: 'a{hunter2}' }
  const hidden = `a placeholder {name} in it ${UNPROVIDED}`
  for (const [keys, path] of [
    ['headers: { x: "${TOKEN}" }', 'headers.x'],
    ['method: POST, body: ["${TOKEN}"]', 'body[0]'],
  ])
    t.same(problemsOf(file(`url: "https://a.example/", ${keys}`), environment), [
      `sources.a.${path} (line 3): ${hidden}`,
    ])
})

t.test('a parameter that only a header or the body uses counts as used, and is optional by default', async (t) => {
  const required = (keys: string) => sourceOf(keys).params.map((param) => param.required)
  t.same(required('headers: { x: "{x}" }, params: { x: {} }'), [false])
  t.same(required('method: POST, body: "{x}", params: { x: {} }'), [false])
  t.same(required('method: POST, body: "{x}", params: { x: { required: true } }'), [true])
})
