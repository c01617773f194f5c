import t from 'tap'
import { oneSource, problemsOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

/** A file with the source "user" on line 2, and "a", which has these keys, on line 3. */
const file = (keys: string) => `sources:\n  user: { url: "https://u.example/" }\n  a: { ${keys} }\n`

t.test('header names and values', async (t) => {
  const problem = (header: string) => problemsOf(oneSource(`headers: { ${header} }`))
  const noName = `${at('headers')}is no valid header name; it holds letters, digits and "-"`
  for (const name of ['"a b": x', '"": x', '"ü": x', '"a:": x', '"a\\n": x']) t.same(problem(name), [noName], name)
  const noValue = 'the value holds a line break or another character that no header can hold; look at its end'
  for (const value of ['"x\\n"', '"x\\r\\ny: z"', '"\\0"', '"→"'])
    t.same(problem(`X-A: ${value}`), [`${at('headers.X-A')}${noValue}`], value)
  t.same(problem('x-a: a, X-A: b'), [`${at('headers.X-A')}is written twice, in different case; leave one out`])
  t.same(problem('x-a: "tab\\there", x-b: "", cookie: a=b, authorization: "Bearer x", user-agent: me'), [])
})

t.test('headers that Tributary sets', async (t) => {
  const ours =
    'connection content-length transfer-encoding keep-alive upgrade te trailer expect proxy-authorization proxy-connection'
  for (const name of ours.split(' ')) {
    t.same(problemsOf(oneSource(`headers: { ${name}: x }`)), [
      `${at(`headers.${name}`)}is set by Tributary; leave it out`,
    ])
    t.same(problemsOf(oneSource(`forwardHeaders: [${name.toUpperCase()}]`)), [
      `${at('forwardHeaders')}"${name}" is set by Tributary; leave it out`,
    ])
  }
})

t.test('headers that propagate sends', async (t) => {
  const why = 'is sent because propagate is true; leave it out, or write propagate: false'
  for (const name of ['x-request-id', 'traceparent', 'tracestate']) {
    t.same(problemsOf(oneSource(`headers: { ${name}: x }`)), [`${at(`headers.${name}`)}${why}`])
    t.same(problemsOf(oneSource(`forwardHeaders: [${name}]`)), [`${at('forwardHeaders')}"${name}" ${why}`])
    t.same(problemsOf(oneSource(`headers: { ${name}: x }, propagate: false`)), [])
  }
})

t.test('a value or default that a header cannot contain', async (t) => {
  const url = 'url: "https://a.example/", headers: { x: "a {x}" }'
  t.same(problemsOf(file(`${url}, values: { x: "ä" }`)), [
    'sources.a.values.x (line 3): "x" holds a character that no header can hold; use printable ASCII',
  ])
  t.same(problemsOf(file(`${url}, params: { x: { default: "ä" } }`)), [
    'sources.a.params.x.default (line 3): "x" holds a character that no header can hold; use printable ASCII',
  ])
  t.same(problemsOf(file(`${url}, values: { x: { a: 1 } }`)), [
    'sources.a.values.x (line 3): "x" holds a map, which cannot stand within a text',
  ])
})

t.test('headers may set host, without placeholders', async (t) => {
  const url = 'url: "https://a.example/"'
  t.same(problemsOf(file(`${url}, headers: { Host: shop.example }`)), [])
  t.same(problemsOf(file(`${url}, headers: { Host: "{x}" }, params: { x: {} }`)), [
    'sources.a.headers.Host (line 3): can hold no placeholder; write the host itself',
  ])
  t.match(problemsOf(file(`${url}, forwardHeaders: [host]`)), [/names this service, not the source/])
})
