import t from 'tap'
import { oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

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

t.test('validate: warn', async (t) => {
  t.equal(sourceOf('validate: warn, schema: { type: object }').validate, 'warn')
  t.equal(sourceOf('validate: "${V}", schema: { type: object }', { V: 'warn' }).validate, 'warn')
  t.equal(sourceOf('validate: "${V}", schema: { type: object }', { V: 'true' }).validate, true)
  t.same(problemsOf(oneSource('validate: warn')), [
    `${at('validate')}needs a schema to validate by; write one, or leave validate out`,
  ])
  t.same(problemsOf(oneSource('validate: warning, schema: { type: object }')), [
    `${at('validate')}"warning" must be true, false or warn`,
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

t.test('limits of a source above those of an answer', async (t) => {
  const file = (server: string, keys: string) => `${oneSource(keys)}server: { ${server} }\n`
  t.same(warningsOf(file('maxAnswerBytes: 512kb', 'maxBytes: 1mb')), [
    'sources.a.maxBytes (line 3): 1 MiB is above server.maxAnswerBytes, which is 512 KiB, so that larger data never reaches a client; lower the one or raise the other',
  ])
  const each = 'url: "https://a.example/{x}", forEach: { from: b, as: x, limit: 100 }'
  const list = '  b: { url: "https://b.example/" }\n'
  const text = `${oneSource(each)}${list}server: { maxAttempts: 50 }\n`
  t.same(warningsOf(text), [
    'sources.a.forEach.limit (line 3): 100 items are more than server.maxAttempts, which is 50, so that the last ones always fail; lower the one or raise the other',
  ])
  t.same(warningsOf(file('maxAnswerBytes: 8mb', 'maxBytes: 8mb')), [])
})
