import t from 'tap'
import { configOf, oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

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

t.test('the type of a body', async (t) => {
  const problems = (keys: string, defaults = '') => problemsOf(oneSource(`method: POST, ${keys}`, defaults))
  t.equal(sourceOf('').bodyType, 'json')
  t.equal(sourceOf('', {}, 'method: POST, bodyType: form, body: { a: 1 }').bodyType, 'form')
  t.same(problems('bodyType: yaml, body: {}'), ['sources.a.bodyType (line 3): "yaml" must be json, form, text or xml'])
  t.same(problems('bodyType: form, body: { a: { b: "{x}" } }, params: { x: {} }'), [
    'sources.a.body (line 3): holds a map in a map, or a list in a list, and a form has only scalars and lists of them; name each field, as in "address[city]"',
  ])
  t.match(problems('body: "a"', 'bodyType: form'), [/^sources\.a\.body .*: must be a map of fields/])
  t.match(problems('bodyType: text, body: [a]'), [/must be a string, because bodyType is text/])
  t.match(problems('bodyType: xml, body: "<a>"'), [/is not well-formed XML/])
  t.same(problems('bodyType: text, body: forward'), [
    'sources.a.bodyType (line 3): is not possible with body: forward, which sends the JSON of the client; write json',
  ])
  t.same(
    problems('bodyType: json, body: forward', 'bodyType: text').filter((one) => one.includes('bodyType')),
    [],
  )
  t.same(problems('bodyType: xml, body: "<a>{x}</a>", values: { x: "\\x07" }'), [
    'sources.a.values.x (line 3): "x" holds a character that XML does not allow',
  ])
  t.match(problems('bodyType: form, body: { a: "{x}" }, values: { x: { y: 1 } }'), [
    /^sources\.a\.values\.x .*holds a map/,
  ])
})

t.test('a type without a body has no effect', async (t) => {
  const warnings = (keys: string, defaults = '') => warningsOf(oneSource(keys, defaults))
  t.same(warnings('bodyType: form'), [
    'sources.a.bodyType (line 3): has no effect: "a" sends no body; write body, or leave it out',
  ])
  t.same(warnings('', 'bodyType: form'), [])
  t.same(warnings('method: POST, safe: true, bodyType: form, body: { a: 1 }'), [])
})

t.test('a content-type that contradicts the type of the body', async (t) => {
  const problems = (type: string, mediaType: string, body: string) =>
    problemsOf(oneSource(`method: POST, bodyType: ${type}, body: ${body}, headers: { Content-Type: '${mediaType}' }`))
  const bodies = { json: '{}', form: '{}', text: 'x', xml: '<a/>' }
  const fits = {
    json: ['application/json', 'application/ld+json; charset=UTF-8', 'text/json', 'application/x', 'APPLICATION/JSON'],
    form: ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=utf-8'],
    text: ['text/plain', 'text/csv; header=present', 'application/sql', 'application/graphql'],
    xml: ['application/xml', 'text/xml; charset="utf-8"', 'application/soap+xml; action="x"'],
  }
  const contradicts = {
    json: ['application/x-www-form-urlencoded', 'text/plain', 'text/xml', 'multipart/form-data; boundary=x'],
    form: ['application/json', 'multipart/form-data', 'text/plain', 'application/x'],
    text: ['application/json', 'application/x-www-form-urlencoded', 'application/xml', 'image/svg+xml'],
    xml: ['application/json', 'text/plain', 'application/x', 'application/x-www-form-urlencoded'],
  }
  const types = ['json', 'form', 'text', 'xml'] as const
  for (const type of types) {
    for (const mediaType of fits[type]) t.same(problems(type, mediaType, bodies[type]), [], `${type} ${mediaType}`)
    for (const mediaType of contradicts[type])
      t.match(
        problems(type, mediaType, bodies[type]),
        [`sources.a.headers.Content-Type (line 3): contradicts bodyType, which is ${type}; `],
        `${type} ${mediaType}`,
      )
  }
  const here = 'sources.a.headers.Content-Type (line 3): '
  t.same(problems('json', 'text/xml', '{}'), [
    `${here}contradicts bodyType, which is json; write bodyType: xml, or leave it out`,
  ])
  t.same(
    problems('json', 'text/xml', 'forward').filter((one) => one.startsWith(here)),
    [`${here}contradicts bodyType, which is json; leave it out`],
  )
  t.same(problems('xml', 'multipart/x', '<a/>'), [`${here}contradicts bodyType, which is xml; leave it out`])
  for (const type of types)
    t.match(problems(type, `${fits[type][0]}; Charset=latin1`, bodies[type]), [
      /names a charset, but bodies are sent in UTF-8; leave the charset out/,
    ])
  const filled = `method: POST, body: {}, params: { t: {} }, headers: { content-type: "{t}" }`
  t.same(problemsOf(oneSource(filled)), [], 'what a placeholder becomes is not known')
  t.same(problemsOf(oneSource('', 'headers: { content-type: text/plain }')), [], 'no body, nothing to contradict')
})
