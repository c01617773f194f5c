import t from 'tap'
import { configOf, MINIMAL, oneSource, problemsOf, sourceOf, warningsOf } from '../support.ts'

t.test('JSON is read by the same parser, with lines', async (t) => {
  const text = JSON.stringify({ sources: { a: { url: 'https://a.example/{x}', timeout: '1', params: {} } } }, null, 2)
  t.same(problemsOf(text), [
    'sources.a.url (line 4): the variable "x" is provided by nothing; add it to params, values or bind',
    'sources.a.timeout (line 5): "1" has no unit; write for example 10ms, 2s or 1m',
  ])
  t.equal(configOf(`\ufeff${JSON.stringify({ sources: { a: { url: 'https://a.example/' } } })}`).sources.size, 1)
})

t.test('files that are not a map', async (t) => {
  const empty = ['the file is empty; a configuration needs sources, as in sources: { weather: { url: … } }']
  for (const text of ['', '\n', '# only a comment', 'null', '---\n', '~'])
    t.same(problemsOf(text), empty, JSON.stringify(text))
  for (const text of ['x', '1', '[]', '- a', '"a: b"']) {
    t.same(problemsOf(text), ['the file must hold a map, which begins for example with sources:'], text)
  }
})

t.test('errors of YAML have lines and say what to do', async (t) => {
  const wrong: Record<string, RegExp> = {
    'a: 1\nb: "x': /^\(line 2\): a character is missing/,
    'a: 1\n\tb: 2': /^\(line 2\): a tab cannot indent/,
    'a: b: c': /^\(line 1\): a map begins within a line/,
    'a: 1\na: 2': /^\(line 2\): this key is written twice/,
    '{"a": 1,\n"a": 2}': /^\(line 2\): this key is written twice/,
    'a: {b: ${X}}': /^\(line 1\): this cannot stand here.*\$\{NAME\} needs quotes/,
    'a: [1, 2': /^\(line 1\): /,
    'a: 1\n---\nb: 2': /^\(line 2\): a second document/,
    '? [a]\n: b': /^\(line 1\): a key must be plain text/,
    'a: !foo b': /^\(line 1\): tags/,
    'a: !!binary aGk=': /^\(line 1\): tags/,
    'a: !!js/function x': /^\(line 1\): tags/,
    'a: @b': /^\(line 1\): text cannot begin/,
    'a: "\\q"': /^\(line 1\): an escape/,
    'a: &b: c': /^\(line 1\): an alias or anchor/,
    'a:\n  - 1\n - 2': /^\(line 3\): /,
    'a: *b': /^an alias \(\*name\) has no anchor/,
    '%FOO\n---\na: 1': /^\(line 1\): is no valid YAML/,
  }
  for (const [text, message] of Object.entries(wrong)) t.match(problemsOf(text)[0], message, JSON.stringify(text))
})

t.test('messages about YAML errors contain no text of the file', async (t) => {
  for (const text of [
    'a: "hunter2',
    'a: |hunter2',
    'a: !hunter2 x',
    'a: *hunter2',
    '"\\hunter2": 1',
    '%hunter2',
    'hunter2: &hunter2 &hunter2 a',
  ]) {
    t.notMatch(problemsOf(text).join(), /hunter/, text)
  }
})

t.test('at most one error per line', async (t) => {
  t.equal(problemsOf('a: {b: ${X}, c: ${Y}}').length, 1)
})

t.test('YAML 1.2: yes is a string, and << a key', async (t) => {
  t.same(problemsOf(oneSource('hidden: yes')), ['sources.a.hidden (line 3): "yes" must be true or false'])
  t.same(problemsOf(`x: &x { required: true }\n${oneSource('<<: *x')}`), [
    'x (line 1): is an unknown key; known are server, deadline, cache, redis, defaults, sources, views',
    'sources.a["<<"] (line 4): is an unknown key; merge keys are not supported, use defaults',
  ])
})

t.test('anchors and aliases', async (t) => {
  const { sources } = configOf(`
sources:
  a: { url: "https://a.example/", headers: &common { x-a: b } }
  b: { url: "https://b.example/", headers: *common }
`)
  t.same(sources.get('b')?.headers, { 'x-a': 'b' })
  const problems = problemsOf(`
sources:
  a: &a { url: "https://a.example/", timeout: 1 }
  b: *a
`)
  t.same(problems, [
    'sources.a.timeout (line 3): 1 has no unit; write for example 10ms, 2s or 1m',
    'sources.b.timeout (line 3): 1 has no unit; write for example 10ms, 2s or 1m',
  ])
})

t.test('hostile files', async (t) => {
  const laughs = Array.from(
    { length: 12 },
    (_, i) =>
      `l${i}: &l${i} [${
        i === 0
          ? 'x'
          : Array(9)
              .fill(`*l${i - 1}`)
              .join()
      }]`,
  )
  t.same(problemsOf(laughs.join('\n')), ['the file uses aliases too often (at most 100 are followed)'])
  t.same(problemsOf('a: &a [*a]'), ['the file is nested too deeply, or an alias holds itself'])
  t.same(problemsOf('a: &a { b: *a }'), ['the file is nested too deeply, or an alias holds itself'])
  t.match(problemsOf(`a: ${'['.repeat(20_000)}`)[0], /nested too deeply/)
  t.match(problemsOf(`a: ${'['.repeat(200)}${']'.repeat(200)}`)[0], /nested too deeply/)
  t.match(problemsOf(`${'{"a":'.repeat(20_000)}`)[0], /nested too deeply/)
})

t.test('__proto__ is an ordinary key', async (t) => {
  t.match(problemsOf(`__proto__: { server: { port: 1 } }\n${MINIMAL}`), [/^__proto__ \(line 1\): is an unknown key/])
  t.match(problemsOf(oneSource('__proto__: { hidden: true }')), [/^sources\.a\.__proto__ .* is an unknown key/])
  t.match(problemsOf(oneSource('params: { __proto__: {} }')), [/^sources\.a\.params\.__proto__ .* must be a name/])
  t.match(problemsOf(oneSource('values: { __proto__: {} }')), [/^sources\.a\.values\.__proto__ .* must be a name/])
  t.match(problemsOf('sources: { __proto__: { url: "https://a/" } }'), [/^sources\.__proto__ .* must be an id/])
  t.match(problemsOf(`${MINIMAL}\nviews: { __proto__: { sources: [a] } }`), [/^views\.__proto__ .* must be an id/])
  const fallback = sourceOf('fallback: { __proto__: { polluted: true } }').fallback?.value as object
  t.ok(Object.hasOwn(fallback, '__proto__'))
  t.equal(JSON.stringify(sourceOf('headers: { __proto__: x }').headers), '{"__proto__":"x"}')
  t.notOk('polluted' in {})
})

t.test('names of Object.prototype are unknown keys', async (t) => {
  t.match(problemsOf(oneSource('constructor: 1, toString: 2')), [/a\.constructor .* unknown/, /a\.toString .* unknown/])
  t.same(problemsOf(`${MINIMAL}\nviews: { v: { sources: [constructor] } }`), [
    'views.v.sources[0] (line 2): there is no source "constructor"; the only one is "a"',
  ])
  const { params } = sourceOf('url: "https://a.example{?class,constructor}", params: { class: {}, constructor: {} }')
  t.same(
    params.map(({ name }) => name),
    ['class', 'constructor'],
  )
  t.match(problemsOf(oneSource('url: "https://a.example/{toString}"')), [/"toString" is provided by nothing/])
})

t.test('numbers that YAML or JSON has rounded are refused where they are sent', async (t) => {
  const url = 'url: "https://a.example{?n}"'
  const inexact = 'holds a whole number beyond 2^53, which would be rounded; write it in quotes'
  t.same(problemsOf(oneSource(`${url}, values: { n: 9007199254740993 }`)), [`sources.a.values.n (line 3): ${inexact}`])
  t.same(problemsOf(oneSource(`${url}, values: { n: [9007199254740993] }`)), [
    `sources.a.values.n (line 3): ${inexact}`,
  ])
  t.same(problemsOf(oneSource(`${url}, params: { n: { default: 9007199254740993 } }`)), [
    `sources.a.params.n.default (line 3): ${inexact}`,
  ])
  t.same(warningsOf(oneSource(`${url}, values: { n: 9007199254740991 }`)), [])
})
