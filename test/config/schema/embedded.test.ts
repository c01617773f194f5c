import t from 'tap'
import { oneSource, problemsOf } from '../support.ts'

const LIST = '  list: { url: "https://l.example/" }\n'

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

t.test('a schema that ajv would check asynchronously', async (t) => {
  const problems = problemsOf(
    oneSource('url: "https://a.example{?q}", params: { q: { $async: true, type: string, maxLength: 3 } }'),
  )
  t.same(problems.length, 1)
  t.match(problems[0], /\$async/)
})

t.test('two sources may use one $id', async (t) => {
  const source = '{ url: "https://a.example/", schema: { $id: "https://schemas.example/a", type: object } }'
  t.same(problemsOf(`sources: { a: ${source}, b: ${source} }`), [])
})
