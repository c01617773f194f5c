import { gzipSync } from 'node:zlib'
import { Events, type SchemaMismatch } from '../../src/core/events.ts'
import { failure } from '../../src/core/failure.ts'
import { failed, live, type Outcome } from '../../src/core/outcome.ts'
import { compileExpression } from '../../src/json/jmespath.ts'
import { bodyValue } from '../../src/json/values.ts'
import { decode } from '../../src/policies/decode.ts'
import { bodyReader } from '../../src/source/body-reader.ts'
import { Secrets } from '../../src/source/secrets.ts'
import { here } from '../support/workers.ts'
import { answering, test } from './bench.ts'

type Options = Parameters<typeof bodyReader>[0]
const AS_IT_IS: Options = {
  id: 'weather',
  format: 'json',
  failWhen: null,
  errorDetails: null,
  select: null,
  schema: null,
  validate: false,
  isRead: false,
}
const reading = { workers: here, secrets: new Secrets(['s3cret-key']) }
const decodeJson = (over: Partial<Options> = {}) =>
  decode({ format: 'JSON', read: bodyReader({ ...AS_IT_IS, ...over }, reading), details: null, events: new Events() })

const BOM = '\ufeff'
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

for (const [name, text] of Object.entries({
  'an object': '{"temp":11.2}',
  'odd spacing': ' \t\r\n{ "a" :\n1 } ',
  'numbers beyond doubles': '[9007199254740993,1.0,1E400,-0,0.1000000000000000055511151231257827]',
  'duplicate keys': '{"a":1,"a":2}',
  'keys that mean something to JavaScript': '{"__proto__":{"polluted":true},"constructor":null}',
  'escapes as written': '"\\u00e9\\/\\ud800"',
  'text beyond ASCII': '["é","日本","🌦"]',
  'a bare false': 'false',
  'a bare empty string': '""',
  'a million levels': deep(1_000_000),
})) {
  test(`passes ${name} on as the same bytes`, async (t, bench) => {
    const outcome = live(Buffer.from(text), 200)
    const decoded = await decodeJson()(answering(outcome))(bench.call())
    // a large body comes back from a worker thread
    if (text.length < 64 * 1024) t.equal(decoded, outcome)
    t.strictSame({ ...decoded, body: null }, { ...outcome, body: null })
    t.ok(decoded.body?.equals(Buffer.from(text)))
    t.notOk('polluted' in {})
  })
}

test('removes a byte order mark, and nothing else', async (t, bench) => {
  const decoded = await decodeJson()(answering(live(Buffer.from(`${BOM} {"a":1} `), 201)))(bench.call())
  t.equal(decoded.body?.toString('latin1'), ' {"a":1} ')
  t.match(decoded, { failure: null, upstreamStatus: 201, from: 'live' })
})

for (const text of ['null', ' null\n', `${BOM}null`]) {
  test(`${JSON.stringify(text)} is empty, not a failure`, async (t, bench) => {
    const decoded = await decodeJson({ schema: { not: {} }, validate: true })(answering(live(Buffer.from(text), 200)))(
      bench.call(),
    )
    t.strictSame(decoded, live(null, 200))
  })
}

for (const [name, [bytes, detail]] of Object.entries({
  'nothing at all': [Buffer.alloc(0), 'it ends too early, after 0 bytes'],
  'only a byte order mark': [Buffer.from(BOM), 'it ends too early, after 0 bytes'],
  'two byte order marks': [Buffer.from(`${BOM}${BOM}{}`), 'a syntax error at byte 0'],
  'an HTML page': [Buffer.from('<!doctype html><title>Sign in</title>'), 'a syntax error at byte 0'],
  'JSON that is cut off': [Buffer.from('{"a":[1,2'), 'it ends too early, after 9 bytes'],
  'two values': [Buffer.from('{}{}'), 'a syntax error at byte 2'],
  'a trailing comma': [Buffer.from('[1,]'), 'a syntax error at byte 3'],
  NaN: [Buffer.from('NaN'), 'a syntax error at byte 0'],
  'JSON in UTF-16': [Buffer.from('{"a":1}', 'utf16le'), 'a syntax error at byte 1'],
  'a byte that is not UTF-8': [Buffer.from([0x22, 0xff, 0x22]), 'it is not UTF-8 from byte 1'],
  'a surrogate in UTF-8': [Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'it is not UTF-8 from byte 1'],
  'an overlong form': [Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'it is not UTF-8 from byte 1'],
  'a character cut in half': [Buffer.from('"é"').subarray(0, 2), 'it is not UTF-8 from byte 1'],
  'compressed bytes': [gzipSync('{}'), 'it is not UTF-8 from byte 1'],
  'many opening brackets': [Buffer.from('['.repeat(100_000)), 'it ends too early, after 100000 bytes'],
} satisfies Record<string, [Buffer, string]>)) {
  test(`${name} is invalid_body, and the message contains no data`, async (t, bench) => {
    const decoded = await decodeJson()(answering(live(bytes, 203)))(bench.call())
    t.match(decoded, { body: null, upstreamStatus: 203, failure: { code: 'invalid_body', upstreamStatus: 203 } })
    t.equal(decoded.failure?.message, 'weather did not answer with valid JSON')
    t.equal(decoded.failure?.detail, detail)
  })
}

for (const outcome of [
  live(null, 204),
  failed(failure('dns_error', 'no address')),
  { ...live(Buffer.from('<'), 200), failure: failure('dns_error', 'no address'), from: 'stale' } satisfies Outcome,
]) {
  test(`does not decode other outcomes: ${outcome.failure?.code ?? 'empty'}, ${outcome.from}`, async (t, bench) => {
    t.equal(await decodeJson()(answering(outcome))(bench.call()), outcome)
  })
}

const schema = { type: 'object', required: ['temp'], properties: { temp: { type: 'number' } } }

test('data that matches its schema passes as the same bytes', async (t, bench) => {
  const outcome = live(Buffer.from('{ "temp": 1.0, "more": [] }'), 200)
  t.equal(await decodeJson({ schema, validate: true })(answering(outcome))(bench.call()), outcome)
})

test('data that does not match its schema is invalid_body', async (t, bench) => {
  const outcome = live(Buffer.from('{"temp":"mild"}'), 200)
  const decoded = await decodeJson({ schema, validate: true })(answering(outcome))(bench.call())
  t.match(decoded, { body: null, upstreamStatus: 200, failure: { code: 'invalid_body' } })
  t.equal(decoded.failure?.message, 'weather answered with data that does not fit its schema')
  t.equal(decoded.failure?.detail, 'temp must be a number')
})

test('with warn, data that does not match its schema passes as the same bytes, and an event says where', async (t, bench) => {
  const seen: SchemaMismatch[] = []
  const events = new Events()
  events.listen({ mismatch: (event) => seen.push(event) })
  const warning = (over: Partial<Options>) => {
    const options = { ...AS_IT_IS, validate: 'warn', ...over } as const
    return decode({ format: 'JSON', read: bodyReader(options, reading), details: null, events })
  }
  const outcome = live(Buffer.from('{"temp": "mild"}'), 200)
  t.equal(await warning({ schema })(answering(outcome))(bench.call('w')), outcome)
  t.match(seen, [{ call: { id: 'w' }, pointers: ['/temp'] }])
  const good = live(Buffer.from('{"temp": 1}'), 200)
  t.equal(await warning({ schema })(answering(good))(bench.call()), good)
  t.equal(await warning({ schema })(answering(live(null, 204)))(bench.call()).then(({ failure }) => failure), null)
  t.equal(seen.length, 1)
  // refused data has no pointers: its failure says what is wrong
  await warning({ schema, validate: true })(answering(outcome))(bench.call())
  t.match(seen[1], { detail: 'temp must be a number', pointers: null })
  const recursive = { $id: 'tree', type: 'array', items: { $ref: 'tree' } }
  const nested = live(Buffer.from(deep(30_000)), 200)
  t.equal((await warning({ schema: recursive })(answering(nested))(bench.call())).failure, null)
  t.strictSame(seen[2]?.pointers, [''])
})

test('data nested too deeply for a recursive schema is invalid_body, not a crash', async (t, bench) => {
  const recursive = { $id: 'tree', type: 'array', items: { $ref: 'tree' } }
  const stack = decodeJson({ schema: recursive, validate: true })
  t.equal((await stack(answering(live(Buffer.from(deep(100)), 200)))(bench.call())).failure, null)
  const decoded = await stack(answering(live(Buffer.from(deep(1_000_000)), 200)))(bench.call())
  t.match(decoded, { body: null, failure: { code: 'invalid_body' } })
})

const select = compileExpression('a')
const doc = live(Buffer.from('{"a":{"b":1.0},"c":2}'), 200, 12)

test('selected data is written as JSON, validated and kept; the rest of the outcome is unchanged', async (t, bench) => {
  const schema = { type: 'object', required: ['b'] }
  const decoded = await decodeJson({ select, schema, validate: true, isRead: true })(answering(doc))(bench.call())
  t.strictSame(decoded, { ...doc, body: Buffer.from('{"b":1}') })
  t.strictSame(bodyValue(decoded.body), { b: 1 })
})

test('a selection that returns null is empty', async (t, bench) => {
  const decoded = await decodeJson({ select: compileExpression('no') })(answering(doc))(bench.call())
  t.strictSame(decoded, { ...doc, body: null })
})

for (const [text, body, detail] of [
  ['length(c)', '{"a":{"b":1.0},"c":2}', /^Invalid type: length\(\) expected argument 1/],
  ['@', deep(200_000), /call stack/],
] as const) {
  test(`a selection of ${text} that fails is select_failed, and the message contains no data`, async (t, bench) => {
    const answered = live(Buffer.from(body), 200, 12)
    const decoded = await decodeJson({ select: compileExpression(text) })(answering(answered))(bench.call())
    t.match(decoded, { body: null, upstreamStatus: 200, attemptMs: 12, failure: { code: 'select_failed' } })
    t.equal(decoded.failure?.message, 'the select expression failed on the data of weather')
    t.match(decoded.failure?.detail, detail)
  })
}

const failWhen = compileExpression("status == 'error' || errors")

for (const body of ['{"status":"error","a":1}', '{"errors":[0]}', '{"errors":0}', '{"errors":{"a":null}}']) {
  test(`${body} reports an error: a failure that is neither retried nor counted`, async (t, bench) => {
    const answered = live(Buffer.from(body), 200, 12)
    // the expression comes first, and the rest is not looked at
    const rules = { failWhen, select: compileExpression('length(`1`)'), schema: { not: {} }, validate: true }
    const decoded = await decodeJson(rules)(answering(answered))(bench.call())
    t.match(decoded, { body: null, upstreamStatus: 200, attemptMs: 12 })
    t.match(decoded.failure, { code: 'upstream_error', upstreamStatus: 200, class: 'upstream' })
    t.match(decoded.failure, { retryable: false, retry: 'never', counts: false })
    t.equal(decoded.failure?.message, 'weather answered with an error')
  })
}

for (const body of ['{"status":"ok"}', '{"errors":[]}', '{"errors":{}}', '{"errors":""}', '{"errors":false}', '[]']) {
  test(`${body} reports none, and passes as the same bytes`, async (t, bench) => {
    const answered = live(Buffer.from(body), 200)
    t.equal(await decodeJson({ failWhen })(answering(answered))(bench.call()), answered)
  })
}

test('no body reports nothing, and null is a body', async (t, bench) => {
  const decoder = decodeJson({ failWhen: compileExpression('@ == `null`') })
  t.strictSame(await decoder(answering(live(null, 204)))(bench.call()), live(null, 204))
  const decoded = await decoder(answering(live(Buffer.from('null'), 200)))(bench.call())
  t.equal(decoded.failure?.code, 'upstream_error')
})

test('a failWhen that fails on the body is select_failed, which says so', async (t, bench) => {
  const answered = live(Buffer.from('{"a":1}'), 200)
  const decoded = await decodeJson({ failWhen: compileExpression('length(a) > `0`') })(answering(answered))(
    bench.call(),
  )
  t.match(decoded.failure, { code: 'select_failed', upstreamStatus: 200 })
  t.equal(decoded.failure?.message, 'the failWhen expression failed on the data of weather')
  t.match(decoded.failure?.detail, /^Invalid type: length/)
})

test('without a selection, the same bytes are kept with their value', async (t, bench) => {
  const decoded = await decodeJson({ isRead: true })(answering(doc))(bench.call())
  t.equal(decoded, doc)
  t.strictSame(bodyValue(doc.body), { a: { b: 1 }, c: 2 })
})

test('other formats are written as JSON, and named in the failure if the body is invalid', async (t, bench) => {
  const text = decode({
    format: 'text in UTF-8',
    read: bodyReader({ ...AS_IT_IS, format: 'text' }, reading),
    details: null,
    events: new Events(),
  })
  const decoded = await text(answering(live(Buffer.from('say "hi"'), 200)))(bench.call())
  t.equal(decoded.body?.toString(), '"say \\"hi\\""')
  const broken = await text(answering(live(Buffer.from([0xff]), 200)))(bench.call())
  t.equal(broken.failure?.message, 'weather did not answer with valid text in UTF-8')
})
