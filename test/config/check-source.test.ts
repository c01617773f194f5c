import t from 'tap'
import { oneSource, problemsOf, sourceOf } from './support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('a variable that nothing provides', async (t) => {
  t.same(problemsOf(oneSource('url: "https://a.example/{x}{?y,x}", params: { y: {} }')), [
    `${at('url')}the variable "x" is provided by nothing; add it to params, values or bind`,
  ])
  t.same(problemsOf(oneSource('url: "https://a.example/{x}"', 'values: { x: 1 }')), [])
})

t.test('a variable that two provide', async (t) => {
  const twice = `${at('params.x')}is provided twice, by params and by values; leave one out`
  const url = 'url: "https://a.example{?x}"'
  t.same(problemsOf(oneSource(`${url}, params: { x: {} }, values: { x: 1 }`)), [twice])
  t.same(problemsOf(oneSource(`${url}, params: { x: {} }`, 'values: { x: 1 }')), [twice])
  t.same(problemsOf(oneSource(`${url}, params: { x: {} }, values: false`, 'values: { x: 1 }')), [])
})

t.test('a parameter without a use', async (t) => {
  t.same(problemsOf(oneSource('params: { x: {} }')), [
    `${at('params.x')}is used nowhere; add {?x} to the url, or {x} to a header or the body`,
  ])
})

t.test('a parameter may not stand where nothing is encoded', async (t) => {
  const problem = (url: string) => problemsOf(oneSource(`url: "https://a.example${url}", params: { x: {} }`))
  t.same(problem('/{+x}'), [`${at('url')}{+x} does not encode, so only values may provide it; write {x}`])
  t.same(problem('/a{#x}'), [`${at('url')}{#x} does not encode, so only values may provide it; write {x}`])
  t.same(problem('/{x}?y={+x}'), [`${at('url')}{+x} does not encode, so only values may provide it; write {x}`])
  t.equal(sourceOf('url: "https://a.example/{+x}", values: { x: a/b }').values.x, 'a/b')
})

t.test('an invalid URL', async (t) => {
  const problem = (url: string) => problemsOf(oneSource(`url: "${url}"`))
  t.match(problem('a.example'), [/^sources\.a\.url .* must begin with https/])
  t.match(problem('https://{h}/'), [/^sources\.a\.url .* can hold no variable/])
  t.match(problem('https://a.example/{api-key}'), [/^sources\.a\.url .* \?api-key=\{key\}/])
  t.match(problem(''), [/^sources\.a\.url .* must begin with https/])
  const params = 'params: { x: { required: false }, y: { typ: 1 } }'
  t.match(problemsOf(oneSource(`url: a.example, ${params}`)), [
    /a\.url .* must begin/,
    /a\.params\.y .*"typ" is no keyword/,
  ])
})

t.test('reserved names of parameters', async (t) => {
  for (const name of ['sources', 'deadlineMs', 'strict', 'explain']) {
    t.same(
      problemsOf(oneSource(`url: "https://a.example{?${name}}", params: { ${name}: {} }`)),
      [`${at(`params.${name}`)}this name is reserved for Tributary's own query keys; choose another name`],
      name,
    )
  }
})

t.test('what the path needs is not optional', async (t) => {
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

t.test('two sources may use one $id', async (t) => {
  const source = '{ url: "https://a.example/", schema: { $id: "https://schemas.example/a", type: object } }'
  t.same(problemsOf(`sources: { a: ${source}, b: ${source} }`), [])
})

t.test('schema and validate', async (t) => {
  t.same(problemsOf(oneSource('validate: true')), [
    `${at('validate')}needs a schema to validate by; write one, or leave validate out`,
  ])
  t.same(problemsOf(oneSource('validate: true, schema: { type: object }')), [])
  t.same(problemsOf(oneSource('validate: true', 'schema: { type: object }')), [])
  t.same(
    problemsOf(oneSource('validate: true, schema: 1')),
    [`${at('schema')}1 must be a map; write for example { type: object }`],
    'one is enough',
  )
  t.same(problemsOf(oneSource('schema: { typ: object }')), [
    `${at('schema')}is no valid JSON Schema: "typ" is no keyword of JSON Schema; did you mean "type"?`,
  ])
})

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

t.test('headers of our own', async (t) => {
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

t.test('what propagate sends', async (t) => {
  const why = 'is sent because propagate is true; leave it out, or write propagate: false'
  for (const name of ['x-request-id', 'traceparent']) {
    t.same(problemsOf(oneSource(`headers: { ${name}: x }`)), [`${at(`headers.${name}`)}${why}`])
    t.same(problemsOf(oneSource(`forwardHeaders: [${name}]`)), [`${at('forwardHeaders')}"${name}" ${why}`])
    t.same(problemsOf(oneSource(`headers: { ${name}: x }, propagate: false`)), [])
  }
})

t.test('forwarded headers', async (t) => {
  t.same(problemsOf(oneSource('forwardHeaders: [authorization, cookie, X-Tenant]')), [])
  t.same(problemsOf(oneSource('forwardHeaders: ["a b"]')), [
    `${at('forwardHeaders')}an item is no valid header name; it holds letters, digits and "-"`,
  ])
  t.same(problemsOf(oneSource('forwardHeaders: [X-A]', 'headers: { x-a: b }')), [
    `${at('forwardHeaders')}"x-a" is also in headers; leave one out`,
  ])
})

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
})

t.test('a value that the url cannot take is a problem now, not a 400 for every client', async (t) => {
  const source = (url: string, value: string) => oneSource(`url: "${url}", values: { k: ${value} }`)
  for (const [url, value] of [
    ['https://a.example/x{?k}', '"line\\n"'],
    ['https://a.example/{k}/x', '".."'],
    ['https://a.example/{k}/x', '""'],
  ] as const) {
    const problems = problemsOf(source(url, value))
    t.equal(problems.length, 1, `${url} ${value}`)
    t.ok(problems[0]?.startsWith(at('values.k')), 'it is told where the value is written')
  }
  t.same(problemsOf(source('https://a.example/{k}/x', 'v1')), [])
})

t.test('a schema that ajv would check asynchronously', async (t) => {
  const problems = problemsOf(
    oneSource('url: "https://a.example{?q}", params: { q: { $async: true, type: string, maxLength: 3 } }'),
  )
  t.same(problems.length, 1)
  t.match(problems[0], /\$async/)
})
