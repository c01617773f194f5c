import t from 'tap'
import { configOf, problemsOf, sourceOf, warningsOf } from './support.ts'

/** A file with the source "user" on line 2, and "a", which has these keys, on line 3. */
const file = (keys: string) => `sources:\n  user: { url: "https://u.example/" }\n  a: { ${keys} }\n`
const URL_X = 'url: "https://a.example{?x}"'
const BIND_X = 'bind: { x: { from: user } }'
const EACH_X = 'forEach: { from: user, as: x }'

t.test('bind and forEach provide variables, wherever these stand', async (t) => {
  for (const provided of [BIND_X, EACH_X]) {
    t.same(problemsOf(file(`${URL_X}, ${provided}`)), [])
    t.same(problemsOf(file(`url: "https://a.example/", method: POST, body: [{ y: "{x}" }], ${provided}`)), [])
    t.same(problemsOf(file(`url: "https://a.example/", headers: { authorization: "Bearer {x}" }, ${provided}`)), [])
    t.same(problemsOf(`defaults: { headers: { z: "{x}" } }\n${file(`url: "https://a.example/", ${provided}`)}`), [])
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

t.test('a provider without a use', async (t) => {
  const url = 'url: "https://a.example/"'
  t.same(problemsOf(file(`${url}, ${BIND_X}`)), [
    'sources.a.bind.x (line 3): is used nowhere in the url; add {?x} to it',
  ])
  t.same(problemsOf(file(`${url}, ${EACH_X}`)), [
    'sources.a.forEach.as (line 3): "x" is used nowhere in the url; add {?x} to it',
  ])
  t.same(problemsOf(file(`${url}, method: POST, body: { x: "a {x}" }, params: { x: {} }`)), [
    'sources.a.params.x (line 3): is used nowhere in the url or body; add {?x} to the url',
  ])
  t.same(warningsOf(file(`${url}, method: POST, body: {}, values: { x: 1 }`)), [
    'sources.a.values.x (line 3): is used nowhere in the url or body',
  ])
})

t.test('braces in a header are text, but for what comes from other sources', async (t) => {
  const headers = 'headers: { a: "{x} {y}" }'
  t.same(problemsOf(file(`url: "https://a.example/", ${headers}`)), [])
  t.same(problemsOf(file(`url: "https://a.example/", ${headers}, params: { x: {} }`)), [
    'sources.a.params.x (line 3): is used nowhere in the url; add {?x} to it',
  ])
})

t.test('a variable of the body that nothing provides', async (t) => {
  const body = 'url: "https://a.example/", method: POST, body: { a: ["{x}", "{ x }", "{x}y", "{x-y}"] }'
  t.same(problemsOf(file(body)), [
    'sources.a.body (line 3): the variable "x" is provided by nothing; add it to params, values or bind',
  ])
  t.same(problemsOf(file(`${body}, params: { x: {} }`)), [])
  t.same(problemsOf(file(`${body}, values: { x: 1 }`)), [])
  t.same(problemsOf(`defaults: { values: { x: 1 } }\n${file(body)}`), [])
  t.same(warningsOf(`defaults: { values: { x: 1 } }\n${file(body)}`), [])
})

t.test("what is not ours may not stand where nothing is encoded, another source's data neither", async (t) => {
  for (const provided of [BIND_X, EACH_X]) {
    t.same(problemsOf(file(`url: "https://a.example/{+x}", ${provided}`)), [
      'sources.a.url (line 3): {+x} does not encode, so only values may provide it; write {x}',
    ])
    t.match(problemsOf(file(`url: "https://a.example/a{#x}", ${provided}`)), [/\{#x\} does not encode/])
  }
})

t.test('a name that is reserved for clients is no matter where they cannot set it', async (t) => {
  const url = 'url: "https://a.example{?sources,strict}"'
  const bound = 'bind: { sources: { from: user } }, forEach: { from: user, as: strict }'
  t.same(problemsOf(file(`${url}, ${bound}`)), [])
})

t.test('names are those of parameters, and __proto__ is none', async (t) => {
  for (const name of ['__proto__', 'api-key', '1a', '']) {
    const bind = problemsOf(file(`url: "https://a.example/", bind: { "${name}": { from: user } }`))
    t.match(bind, [/^sources\.a\.bind.* the key must be a name: /], name)
    const as = problemsOf(file(`url: "https://a.example/", forEach: { from: user, as: "${name}" }`))
    t.match(as, [/^sources\.a\.forEach\.as .* must be a name: /], name)
    t.equal(bind.length + as.length, 2, name)
  }
  t.same(problemsOf(file('url: "https://a.example{?constructor}", bind: { constructor: { from: user } }')), [])
  t.same(problemsOf(file('url: "https://a.example{?constructor}", values: {}')).length, 1)
})

t.test('a parameter is required where the body needs it, unless it says otherwise', async (t) => {
  const required = (param: string, url = '/') =>
    sourceOf(`url: "https://a.example${url}", method: POST, body: { p: "{p}" }, params: { p: { ${param} } }`).params[0]
      ?.required
  t.equal(required(''), true)
  t.equal(required('default: x'), false)
  t.equal(required('required: false'), false)
  t.equal(required('required: true, default: x'), true)
  t.equal(required('', '{?p}'), true)
  t.match(
    problemsOf(file('url: "https://a.example/{p}", method: POST, body: "{p}", params: { p: { required: false } }')),
    [/^sources\.a\.params\.p\.required .* the path needs it/],
  )
})

t.test('parameters stay what a client may pass', async (t) => {
  const { sources } = configOf(file(`url: "https://a.example{?x,lang}", ${EACH_X}, params: { lang: {} }`))
  t.same(
    sources.get('a')?.params.map(({ name }) => name),
    ['lang'],
  )
})
