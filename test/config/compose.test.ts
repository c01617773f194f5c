import t from 'tap'
import type { SourceConfig } from '../../src/config/config.ts'
import { configOf, oneSource, problemsOf, sourceOf, warningsOf } from './support.ts'

const LIST = '  list: { url: "https://l.example/" }\n'

function withList(keys: string, environment = {}): SourceConfig {
  const source = configOf(`${oneSource(keys)}${LIST}`, environment).sources.get('a')
  if (!source) throw new Error('no source')
  return source
}

t.test('method, and whether it is idempotent', async (t) => {
  const methods = (keys: string, defaults = '') => {
    const { method, safe, idempotent } = sourceOf(keys, {}, defaults)
    return [method, safe, idempotent]
  }
  t.same(methods('method: POST'), ['POST', false, false])
  t.same(methods('method: POST, idempotent: true'), ['POST', false, true])
  t.same(methods('method: POST, safe: true'), ['POST', true, true])
  t.same(methods('method: POST, safe: true, idempotent: false'), ['POST', true, false])
  t.same(methods('safe: false'), ['GET', false, false])
  t.same(methods('', 'method: POST'), ['POST', false, false])
  t.same(methods('method: GET', 'method: POST'), ['GET', true, true])
  t.same(warningsOf(oneSource('idempotent: false, hedge: { after: 9ms }')).length, 1, 'a hedge never comes into play')
})

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

t.test('format', async (t) => {
  for (const format of ['json', 'text', 'xml']) t.equal(sourceOf(`format: ${format}`).format, format)
  t.equal(sourceOf('format: json', {}, 'format: xml').format, 'json')
  t.equal(sourceOf('format: "${F}"', { F: 'xml' }).format, 'xml')
})

t.test('select', async (t) => {
  t.same(sourceOf('select: "{temp: main.temp}"').select?.({ main: { temp: 1 } }), { temp: 1 })
  t.same(sourceOf('select: "@"', {}, 'select: a').select?.({ a: 1 }), { a: 1 })
  t.same(sourceOf('', {}, 'select: a').select?.({ a: 1 }), 1)
  t.same(sourceOf('select: "${S}"', { S: 'a' }).select?.({ a: 1 }), 1)
})

t.test('bind and forEach', async (t) => {
  const { bind, forEach } = withList(
    'url: "https://a.example{?x,y,id}", bind: { x: { from: list, select: id }, y: { from: list } }, forEach: { from: list, select: "[:2]", as: id }',
  )
  const [x, y] = bind
  t.match(
    [x, y],
    [
      { name: 'x', from: 'list' },
      { name: 'y', from: 'list', select: null },
    ],
  )
  t.equal(x?.select?.({ id: 7 }), 7)
  t.match(forEach, { from: 'list', as: 'id', limit: 50, concurrency: 10 })
  t.same(forEach?.select?.([1, 2, 3]), [1, 2])
  const url = 'url: "https://a.example{?id}"'
  const bounds = withList(`${url}, forEach: { from: list, as: id, limit: "\${L}", concurrency: 100 }`, { L: '1000' })
  t.same(bounds.forEach, { from: 'list', select: null, as: 'id', limit: 1000, concurrency: 100 })
})

t.test('keys and bounds of bind and forEach', async (t) => {
  const wrong: Record<string, string> = {
    'bind: { x: { from: list, selct: id } }': 'bind.x.selct (line 3): is an unknown key; did you mean "select"?',
    'bind: { x: { from: list, select: 1 } }': 'bind.x.select (line 3): 1 must be a string; write it in quotes',
    'forEach: { from: list, as: id, limit: 0 }': 'forEach.limit (line 3): 0 must be at least 1',
    'forEach: { from: list, as: id, limit: 1001 }': 'forEach.limit (line 3): 1001 must be at most 1000',
    'forEach: { from: list, as: id, limit: 1.5 }': 'forEach.limit (line 3): 1.5 must be a whole number',
    'forEach: { from: list, as: id, concurrency: 0 }': 'forEach.concurrency (line 3): 0 must be at least 1',
    'forEach: { from: list, as: id, concurrency: 101 }': 'forEach.concurrency (line 3): 101 must be at most 100',
  }
  for (const [keys, problem] of Object.entries(wrong))
    t.same(problemsOf(`${oneSource(keys)}${LIST}`), [`sources.a.${problem}`], keys)
})

t.test('whose data is read', async (t) => {
  const { sources } = configOf(`
sources:
  bound: { url: "https://a.example/", hidden: true }
  list: { url: "https://a.example/" }
  shaped: { url: "https://a.example/" }
  renamed: { url: "https://a.example/" }
  shown: { url: "https://a.example/" }
  reader: { url: "https://a.example{?x,y}", bind: { x: { from: bound } }, forEach: { from: list, as: y } }
views:
  one: { sources: [shaped], shape: shaped }
  two: { sources: { r: { source: renamed } }, shape: { r: r } }
  plain: { sources: [shown, reader] }
`)
  const read = [...sources.values()].filter(({ isRead }) => isRead).map(({ id }) => id)
  t.same(read, ['bound', 'list', 'shaped', 'renamed'])
})

t.test('an invalid expression', async (t) => {
  const invalid = (keys: string, path: string, text = `${oneSource(keys)}${LIST}`) => {
    const [problem = '', ...others] = problemsOf(text)
    t.ok(problem.startsWith(`${path}: is no valid JMESPath`), problem)
    t.same(others, [])
    return problem
  }
  const url = 'url: "https://a.example{?x}"'
  invalid('select: "a["', 'sources.a.select (line 3)')
  invalid('select: ""', 'sources.a.select (line 3)')
  invalid(`${url}, bind: { x: { from: list, select: "a[" } }`, 'sources.a.bind.x.select (line 3)')
  invalid(`${url}, forEach: { from: list, as: x, select: "a[" }`, 'sources.a.forEach.select (line 3)')
  invalid('', 'defaults.select (line 1)', oneSource('', 'select: "a["'))
  t.match(invalid('select: "lenght(a)"', 'sources.a.select (line 3)'), /there is no function lenght\(\)/)
  t.match(problemsOf(oneSource(`${url}, bind: { x: { select: "a[" } }`)), [
    /x\.from .* is missing/,
    /x\.select .* valid/,
  ])
})

t.test('hostile expressions', async (t) => {
  const said = (text: string) => problemsOf(JSON.stringify({ sources: { a: { url: 'https://a/', select: text } } }))
  for (const text of ['x'.repeat(100_000), '['.repeat(100_000), `${'a.'.repeat(50_000)}a`]) {
    t.same(said(text), ['sources.a.select (line 1): is longer than 10000 characters; write a shorter expression'])
  }
  t.same(said('x'.repeat(10_000)), [], 'a long name is a name')
  for (const text of [
    '['.repeat(1000),
    '!'.repeat(1000),
    `${'x'.repeat(9000)}(@)`,
    `${'['.repeat(4900)}a${']'.repeat(4900)}`,
  ]) {
    const problems = said(text)
    t.equal(problems.length, 1)
    t.match(problems[0], /^sources\.a\.select .*: is no valid JMESPath/)
    t.ok(Number(problems[0]?.length) < 300, 'what is said is short')
  }
  t.notMatch(said('a\u001b[31m'), '\u001b', 'control characters do not reach a terminal')
})
