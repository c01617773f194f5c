import t from 'tap'
import { oneSource, problemsOf, sourceOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('reserved names of parameters', async (t) => {
  for (const name of ['sources', 'deadlineMs', 'strict', 'explain']) {
    t.same(
      problemsOf(oneSource(`url: "https://a.example{?${name}}", params: { ${name}: {} }`)),
      [`${at(`params.${name}`)}this name is reserved for Tributary's own query keys; choose another name`],
      name,
    )
  }
})

t.test('parameters that the path needs cannot be optional', async (t) => {
  const problem = (url: string, more = '') =>
    problemsOf(oneSource(`url: "https://a.example${url}", params: { x: { required: false${more} } }`))
  const needed = `${at('params.x.required')}cannot be false, since the path needs it; leave it out, or write a default`
  t.same(problem('/{x}'), [needed])
  t.same(problem('{/x}/{x}'), [needed])
  t.same(problem('/{x}', ', default: 1'), [])
  t.same(problem('{/x}'), [])
  t.same(problem('{?x}'), [])
})

t.test('JSON Schema of parameters', async (t) => {
  const problem = (schema: string) =>
    problemsOf(oneSource(`url: "https://a.example{?x}", params: { x: ${schema} }`)).map((text) =>
      text.replace(at('params.x'), ''),
    )
  const invalid = 'is no valid JSON Schema: '
  t.same(problem('{ minLenght: 1 }'), [`${invalid}"minLenght" is no keyword of JSON Schema; did you mean "minLength"?`])
  t.same(problem('{ if: { type: string } }'), [`${invalid}"if" without "then" and "else" is ignored`])
  t.match(problem('{ $schema: "http://json-schema.org/draft-07/schema#" }'), [
    /^is no valid JSON Schema: no schema with key/,
  ])
  t.match(problem('{ $id: 5 }'), [/^is no valid JSON Schema: \$id must be a string/])
  t.equal(problem('{ foo: 1, items: { bar: 2 } }').length, 2, 'all of them')
  t.same(problem('{ type: strin }'), [
    `${invalid}type must be one of "array", "boolean", "integer", "null", "number", "object", "string"`,
  ])
  t.same(problem('{ minLength: -1, maxLength: x }'), [
    `${invalid}maxLength must be an integer`,
    `${invalid}minLength must be at least 0`,
  ])
  t.match(problem('{ pattern: "(" }'), [/^is no valid JSON Schema: Invalid regular expression/])
  t.match(problem('{ format: emial }'), [/^is no valid JSON Schema: unknown format "emial"/])
  t.match(problem('{ $ref: "https://elsewhere.example/schema" }'), [
    /^is no valid JSON Schema: can't resolve reference/,
  ])
  t.same(
    problem('{ prefixItems: [{ type: string }], $defs: { a: { type: string } }, items: { $ref: "#/$defs/a" } }'),
    [],
  )
  t.same(problem('{ type: [string, "null"], format: email, examples: [a@b.example], deprecated: true, title: A }'), [])
})

t.test('a default that does not fit', async (t) => {
  const problem = (schema: string) =>
    problemsOf(oneSource(`url: "https://a.example{?x}", params: { x: { ${schema} } }`))
  t.same(problem('type: string, default: 1'), [
    `${at('params.x.default')}does not fit its own schema: must be a string`,
  ])
  t.same(problem('enum: [a, b], default: c'), [
    `${at('params.x.default')}does not fit its own schema: must be one of "a", "b"`,
  ])
  t.same(problem('type: array, items: { type: integer }, default: [1, x]'), [
    `${at('params.x.default')}does not fit its own schema: [1] must be an integer`,
  ])
  t.same(problem('type: integer, default: 1'), [])
})

t.test('whether a parameter is required', async (t) => {
  const required = (url: string, param: string) =>
    sourceOf(`url: "https://a.example${url}", params: { p: { ${param} } }`).params[0]?.required
  t.equal(required('{?p}', ''), false)
  t.equal(required('{?p}', 'required: true'), true)
  t.equal(required('?p={p}', ''), false, 'a query is no path')
  t.equal(required('/{p}', ''), true)
  t.equal(required('/{p}', 'default: x'), false)
  t.equal(required('/{p}', 'default: x, required: true'), true)
  t.equal(required('{/p}', ''), true)
  t.equal(required('{/p}', 'required: false'), false, 'it may vanish from the path where that is wanted')
  t.equal(required('/a{.p}', 'required: false'), false)
})

t.test("a parameter's own `required` is not part of its schema, JSON Schema's is", async (t) => {
  const schema = (param: string) =>
    sourceOf(`url: "https://a.example{?p*}", params: { p: { ${param} } }`).params[0]?.schema
  t.same(schema('type: string, required: true'), { type: 'string' })
  t.same(schema('type: object, required: [a]'), { type: 'object', required: ['a'] })
})
