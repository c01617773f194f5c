import fc from 'fast-check'
import t from 'tap'
import { explanation, failedSource, spliceData, spliceEnvelope } from '../../src/aggregate/envelope.ts'
import { roundMs } from '../../src/core/deadline.ts'
import { failure, statusFailure } from '../../src/core/failure.ts'
import { failed, live, type Outcome } from '../../src/core/outcome.ts'
import { json, makePlan, makeSettled } from './bench.ts'

const REST = { failedSources: [], partial: false, meta: { requestId: 'r' } }
const splice = (bodies: Readonly<Record<string, Outcome>>) => {
  return spliceEnvelope(spliceData(Object.entries(bodies).map(([key, outcome]) => makeSettled(key, outcome))), REST)
    .whole
}

t.test('the envelope has exactly these bytes', async (t) => {
  const envelope = splice({ b: json('{"x": 1.0}'), a: live(null, 204), c: json(' [9007199254740993]\n') })
  const rest = '"failedSources":[],"partial":false,"meta":{"requestId":"r"}'
  t.equal(envelope.toString(), `{"data":{"b":{"x": 1.0},"a":null,"c": [9007199254740993]\n},${rest}}`)
})

/** JSON in unusual forms: spacing, numbers that exceed a double, escapes, repeated keys. */
const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/)
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((s) => JSON.stringify(s.toWellFormed())),
  fc.stringMatching(/^"(\\u[0-9a-fA-F]{4}|\\[nrtbf"\\/]|[ a-z]){0,8}"$/),
)
const odd = fc.oneof(
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,4})?$/),
  fc.constantFrom('true', 'false', 'null', '{}', '[]', '""', '9007199254740993', '1E400', '-0'),
  text,
)
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    odd,
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(' ,')}]`),
    fc
      .array(fc.tuple(fc.oneof(fc.constantFrom('"a"', '"__proto__"', '"data"'), text), tie('value')), { maxLength: 4 })
      .map((members) => `{${members.map(([key, of]) => `${key}: ${of}`).join('\n,')}}`),
  ),
}))
const bodies = fc.oneof(
  fc.json(),
  fc.tuple(space, value, space).map((parts) => parts.join('')),
)
const asked = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), bodies), {
  selector: ([key]) => key,
  minLength: 1,
})

t.test('for any JSON of the sources, the envelope is JSON and contains their bytes unchanged', async () => {
  fc.assert(
    fc.property(asked, (list) => {
      const shown = list.map(([key, body]) => makeSettled(key, json(body)))
      const { whole: envelope, data: bytes } = spliceEnvelope(spliceData(shown), REST)
      const parsed = JSON.parse(envelope.toString())
      const { data, ...rest } = parsed
      t.same(JSON.parse(bytes.toString()), data)
      const members = list.map(([key, body]) => `${JSON.stringify(key)}:${body}`).join(',')
      return (
        envelope.includes(`{"data":{${members}},`) &&
        Object.keys(data).length === list.length &&
        list.every(([key, body]) => JSON.stringify(data[key]) === JSON.stringify(JSON.parse(body))) &&
        JSON.stringify(rest) === JSON.stringify(REST)
      )
    }),
    { numRuns: 500 },
  )
})

t.test('a body nested too deeply for JSON.stringify is included unchanged', async (t) => {
  const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000)
  t.ok(splice({ a: json(deep) }).includes(`{"data":{"a":${deep}},`))
})

t.test('an envelope without data is JSON', async (t) => {
  t.same(JSON.parse(spliceEnvelope(spliceData([]), REST).whole.toString()), { data: {}, ...REST })
})

t.test('data and empty answers are not listed as failed', async (t) => {
  t.equal(failedSource(makeSettled('a', json('1'))), null)
  t.equal(failedSource(makeSettled('a', live(null, 404))), null)
})

t.test('the entry of a failed source has exactly the members of the contract', async (t) => {
  const settled = makeSettled('front', failed(statusFailure('news-api', 503, 2000)), { source: 'news', required: true })
  t.strictSame(failedSource(settled), {
    id: 'front',
    source: 'news',
    code: 'upstream_status',
    message: 'news-api answered with status 503',
    required: true,
    upstreamStatus: 503,
    retryable: true,
    retryAfterMs: 2000,
    attempts: 1,
    durationMs: 40.1,
    servedFrom: null,
  })
})

t.test('a substituted value is listed with its origin, and a dependant with its cause', async (t) => {
  const gone = failure('dns_error', 'gone')
  const outcome: Outcome = { ...json('[]'), failure: gone, from: 'fallback' }
  t.match(failedSource(makeSettled('a', outcome)), { code: 'dns_error', servedFrom: 'fallback' })
  const cause = { source: 'user', code: 'dns_error' } as const
  t.match(failedSource(makeSettled('a', failed(failure('dependency_failed', 'x', { cause })))), {
    cause,
    servedFrom: null,
  })
})

t.test('an entry lists the items without data; an incomplete list has no substitute', async (t) => {
  const items = [{ index: 1, code: 'upstream_status', upstreamStatus: 503 }] as const
  const reason = { ...statusFailure('story', 503, null), items }
  const entry = failedSource(makeSettled('stories', { ...json('[1,null]'), failure: reason }))
  t.strictSame(entry?.items, items)
  t.equal(entry?.servedFrom, null)
  t.strictSame(Object.keys(entry ?? {}).slice(-2), ['servedFrom', 'items'])
})

t.test('shaped data is included unchanged', async (t) => {
  t.equal(
    spliceEnvelope([Buffer.from('[1.0]')], REST)
      .whole.toString()
      .slice(0, 15),
    '{"data":[1.0],"',
  )
})

t.test('explain has details of each source, with times relative to the start of the answer', async (t) => {
  const stale: Outcome = { ...json('[1]'), failure: failure('dns_error', 'gone'), from: 'stale', ageMs: 1234.56 }
  const shown = [makeSettled('a', json('{"a":1}')), makeSettled('__proto__', stale)]
  const [a, other] = Object.values(explanation(makePlan([]), shown))
  t.strictSame(a, {
    upstreamStatus: 200,
    attempts: 1,
    hedged: false,
    from: 'live',
    ageMs: 0,
    startedAtMs: 5,
    durationMs: 40.1,
    bytes: 7,
  })
  t.match(other, { from: 'stale', ageMs: 1234.6, bytes: 3 })
})

t.test('durations have one decimal', async (t) => {
  t.same([0, 0.04, 0.05, 40.06, 812].map(roundMs), [0, 0, 0.1, 40.1, 812])
})

t.test('the detail of a failure is for the log, and never shown', async (t) => {
  const outcome = failed(failure('invalid_body', 'x', { detail: 'temp must be a number' }))
  t.notMatch(JSON.stringify(failedSource(makeSettled('a', outcome))), /detail|a number/)
})
