import t from 'tap'
import type { Settled } from '../../src/aggregate/run.ts'
import { judge } from '../../src/aggregate/verdict.ts'
import * as LIMITS from '../../src/limits.ts'
import { PROBLEMS, type ProblemName, problemType } from '../../src/problem.ts'
import { createServer } from '../../src/server.ts'
import { FAILURE_CODES, type Failure, type FailureCode, failure, statusFailure } from '../../src/source/failure.ts'
import { failed } from '../../src/source/outcome.ts'
import { buildDemo } from './examples.ts'
import { codesIn, codesOf, paragraphOf, README, tableOf } from './markdown.ts'

/** The tables of README.md about failures, problems, answers, logs and limits are those of the code. */

/** The status of an answer of which all sources failed like this. */
function statusOf(reason: Failure): number {
  const verdict = judge([{ node: { required: false }, outcome: failed(reason) } as Settled])
  return verdict.kind === 'problem' ? PROBLEMS[verdict.problem].status : 200
}

const facts = (reason: Failure) => `${reason.class} -> ${statusOf(reason)}`
const answer = (yes: boolean) => (yes ? 'yes' : 'no')

t.test('failure codes, their classes and statuses, and whether to retry', async (t) => {
  const { header, rows } = tableOf(README, 'code')
  t.strictSame(header, ['code', 'when', 'class -> status', 'retryable'])
  const codes = (Object.keys(FAILURE_CODES) as FailureCode[]).filter((code) => code !== 'cancelled')
  const tooMany = statusFailure('a', 429, null)
  const [usual, busy, down] = [404, 429, 503].map((status) => answer(statusFailure('a', status, null).retryable))
  t.strictSame([usual, busy, down], ['no', 'yes', 'yes'])
  const expected = codes.map((code) => {
    const reason = failure(code, '')
    if (code !== 'upstream_status') return [`\`${code}\``, facts(reason), answer(reason.retryable)]
    return [`\`${code}\``, `${facts(reason)}; with 429: ${facts(tooMany)}`, 'no; with 429 and 5xx: yes']
  })
  t.strictSame(
    rows.map(([code, , ends, retryable]) => [code, ends, retryable]),
    expected,
  )
  for (const [code, when = ''] of rows) t.ok(when.length > 10, `${code} says when`)
  const after = paragraphOf(README, 'In the logs only')
  t.strictSame(codesIn(after), ['cancelled'])
})

t.test('classes of failures', async (t) => {
  const { rows } = tableOf(README, 'class of all that count')
  t.strictSame(
    rows.map(([name = '', status = '']) => [name.split(',')[0], Number.parseInt(status, 10)]),
    [
      ['timeout', statusOf(failure('deadline_exceeded', ''))],
      ['limit', statusOf(failure('connection_limit_reached', ''))],
      ['upstream', statusOf(failure('invalid_body', ''))],
    ],
  )
})

t.test('problem types', async (t) => {
  const { header, rows } = tableOf(README, 'type')
  t.strictSame(header, ['type', 'status', 'meaning'])
  t.strictSame(
    rows.map(([type, status]) => [type, status]),
    Object.entries(PROBLEMS).map(([name, { status }]) => [`\`${problemType(name as ProblemName)}\``, String(status)]),
  )
  for (const [type, , meaning = ''] of rows) t.ok(meaning.length > 10, `${type} says what it means`)
})

t.test('the members of an answer, of a failed source, and of an explanation', async (t) => {
  const { get } = await buildDemo(t)
  const { json } = await get('/aggregate?sources=story,hackernews&deadlineMs=12&explain=true')
  t.strictSame(codesOf(tableOf(README, 'member')), Object.keys(json))
  const members = tableOf(README, 'member').rows.find(([name]) => name === '`meta`')?.[1] ?? ''
  for (const name of Object.keys(json.meta)) t.ok(codesIn(members).includes(name), name)
  const [entry] = json.failedSources
  const fields = README.split('An entry of `failedSources`:')[1]?.split('An entry of `meta.sources`')
  t.strictSame(codesOf(tableOf(fields?.[0] ?? '', 'field')), Object.keys(entry))
  const explained = fields?.[1]?.split('Headers of an answer')[0] ?? ''
  const [source] = Object.values(json.meta.sources) as object[]
  t.strictSame(codesOf(tableOf(explained, 'field')).toSorted(), Object.keys(source ?? {}).toSorted())
})

t.test('the headers of an answer', async (t) => {
  const { get } = await buildDemo(t)
  const responses = await Promise.all([
    get('/aggregate?sources=story', { headers: { prefer: 'wait=1' } }),
    get('/aggregate?sources=story&deadlineMs=1'),
    get('/sources'),
  ])
  const { rows } = tableOf(README, 'header')
  const described = rows.flatMap(([name = '']) => codesIn(name)).map((name) => name.toLowerCase())
  const usual = ['content-type', 'content-length', 'date', 'connection', 'keep-alive']
  const sent = new Set(responses.flatMap(({ headers }) => Object.keys(headers)))
  t.strictSame(
    [...sent].filter((name) => !usual.includes(name) && !described.includes(name)),
    [],
  )
  t.strictSame(
    described.filter((name) => !sent.has(name)),
    ['retry-after'],
  )
})

t.test('the fields of log lines', async (t) => {
  const { get, log } = await buildDemo(t)
  await get('/aggregate?sources=story')
  const common = ['level', 'time', 'msg']
  const fieldsOf = (msg: string) => Object.keys(log.named(msg)[0] ?? {}).filter((name) => !common.includes(name))
  for (const msg of ['upstream', 'aggregate']) {
    t.ok(fieldsOf(msg).length > 5)
    t.strictSame(codesOf(tableOf(README, `field of "${msg}"`)), fieldsOf(msg), msg)
  }
  const attempt = codesIn(paragraphOf(README, 'With `LOG_LEVEL=debug`'))
  for (const name of fieldsOf('attempt')) t.ok(attempt.includes(name), `attempt: ${name}`)
  t.equal(attempt.length, fieldsOf('attempt').length + 3, 'those, and LOG_LEVEL=debug, msg and an example')
})

t.test('limits', async (t) => {
  const longestMs = 10_000
  const { http } = createServer({ app: null as never }, longestMs)
  const kib = (bytes: number) => `${bytes / 1024} KiB`
  const seconds = (ms: number) => `${ms / 1000} s`
  const limits = Object.fromEntries(tableOf(README, 'what').rows.map(([what, limit]) => [what, limit]))
  t.strictSame(limits, {
    URL: kib(LIMITS.MAX_URL_BYTES),
    'request headers, together': kib(LIMITS.MAX_HEADER_BYTES),
    'request body': kib(LIMITS.MAX_BODY_BYTES),
    'requests in a batch': String(LIMITS.MAX_BATCH_REQUESTS),
    'sources in an answer': String(LIMITS.MAX_SOURCES),
    'headers of a request to arrive': seconds(http.headersTimeout),
    'a whole request to arrive': seconds(http.requestTimeout),
    'idle connection of a client': seconds(http.keepAliveTimeout),
    'a client that takes nothing of its answer': `\`deadline.max\` + ${seconds(http.timeout - longestMs)}`,
    'answers in work': '`server.maxInFlight`',
    "headers of an upstream's answer": kib(LIMITS.MAX_UPSTREAM_HEADER_BYTES),
    "body of an upstream's answer, decoded": '`maxBytes`',
  })
})
