import { globSync } from 'node:fs'
import t from 'tap'
import { unusable } from '../../src/aggregate/needed.ts'
import type { Settled } from '../../src/aggregate/run.ts'
import { judge } from '../../src/aggregate/verdict.ts'
import { type Call, newRecord } from '../../src/core/call.ts'
import { Events } from '../../src/core/events.ts'
import { FAILURE_CODES, type Failure, type FailureCode, failure, statusFailure } from '../../src/core/failure.ts'
import * as LIMITS from '../../src/core/limits.ts'
import { failed } from '../../src/core/outcome.ts'
import { MAX_CLIENTS } from '../../src/http/memory-counter.ts'
import { MAX_WAITING } from '../../src/http/pipeline.ts'
import { PROBLEMS, Problem, type ProblemName, problemType, refusalOf, statusText } from '../../src/http/problem.ts'
import { SECURITY_HEADERS } from '../../src/http/security-headers.ts'
import { createServer } from '../../src/http/server.ts'
import { MAX_HEAP_SHARE, MAX_LOOP_DELAY_MS } from '../../src/http/shortage.ts'
import { MAX_UNSENT_BYTES } from '../../src/http/unsent.ts'
import { MAX_TEXT } from '../../src/json/jmespath-functions.ts'
import { MAX_TOKEN_BYTES } from '../../src/oauth2/answer.ts'
import { MAX_TOKEN_ANSWER_BYTES, TOKEN_REQUEST_MS } from '../../src/oauth2/token-endpoint.ts'
import { CODE_COLUMNS, codeRows } from '../../src/openapi/codes.ts'
import { EXPLANATIONS } from '../../src/openapi/explanations.ts'
import { MAX_BODY_BYTES } from '../../src/redis/value.ts'
import { logEvents } from '../../src/telemetry/log-events.ts'
import { MAX_DRAIN_BYTES } from '../../src/transport/drain.ts'
import { isTemporary } from '../../src/transport/errors.ts'
import { MAX_TASKS, MOST_HEAP_MB } from '../../src/workers/pool.ts'
import { build, type Line, memoryLog } from '../support/build.ts'
import { buildDemo, OwnUpstreams } from './examples.ts'
import { codesIn, codesOf, DOCS, paragraphOf, ROOT, readRoot, tableOf } from './markdown.ts'

/** The tables of README.md and docs/ about failures, problems, answers, logs and limits match the code. */

/** The status of an answer whose sources all failed like this. */
function statusOf(reason: Failure): number {
  const verdict = judge([{ node: { required: false }, outcome: failed(reason) } as Settled])
  return verdict.kind === 'problem' ? verdict.status : 200
}

const CODES = (Object.keys(FAILURE_CODES) as FailureCode[]).filter((code) => code !== 'cancelled')

const facts = (reason: Failure) => `${reason.class} -> ${statusOf(reason)}`
const answer = (yes: boolean) => (yes ? 'yes' : 'no')

/** Rows of codes whose properties depend on the case; the tests below check them. */
const EXCEPTIONS: { readonly [code in FailureCode]?: readonly string[] } = {
  dns_error: ['upstream -> 502', 'if it could not be looked up', 'yes', 'yes'],
  http_response_timeout: ['timeout -> 504', 'after `attemptTimeout`', 'yes', 'yes'],
  authorization_failed: ['upstream -> 502; where that took too long: timeout -> 504', 'no', 'no', 'yes'],
  upstream_status: [
    'upstream -> 502; with 429: limit -> 503',
    '502, 503, 504; 429 with `Retry-After`',
    '5xx',
    'no; with 429 and 5xx: yes',
  ],
  deadline_exceeded: ['timeout -> 504', 'no', 'no; once its own timeout has passed: yes', 'yes'],
  dependency_failed: ["the cause's", 'no', 'no', "the cause's"],
}

t.test('failure codes, and what follows from each', async (t) => {
  const { header, rows } = tableOf(DOCS, 'code')
  t.strictSame(header, ['code', 'when', 'class -> status', 'retried', 'counts for the breaker', 'retryable'])
  t.strictSame(
    rows.map(([code, , ...follows]) => [code, ...follows]),
    CODES.map((code) => [`\`${code}\``, ...(EXCEPTIONS[code] ?? usual(failure(code, '')))]),
  )
  t.strictSame([header, ...rows], [CODE_COLUMNS, ...codeRows()], 'and the document says the same')
  const after = paragraphOf(DOCS, 'In the logs only')
  t.strictSame(codesIn(after), ['cancelled'])
})

/** The expected row of a failure, without the column "when". */
function usual(reason: Failure): readonly string[] {
  return [facts(reason), answer(reason.retry !== 'never'), answer(reason.counts), answer(reason.retryable)]
}

t.test('what a status says', async (t) => {
  const statuses = [301, 400, 404, 408, 429, 500, 501, 502, 503, 504, 520]
  const those = (test: (reason: Failure) => boolean, retryAfterMs: number | null = null) =>
    statuses.filter((status) => test(statusFailure('a', status, retryAfterMs)))
  const fiveHundreds = [500, 501, 502, 503, 504, 520]
  t.strictSame(
    those(({ retry }) => retry !== 'never'),
    [502, 503, 504],
  )
  t.strictSame(
    those(({ retry }) => retry !== 'never', 1000),
    [429, 502, 503, 504],
  )
  t.strictSame(
    those(({ counts }) => counts),
    fiveHundreds,
  )
  t.strictSame(
    those(({ retryable }) => retryable),
    [429, ...fiveHundreds],
  )
  for (const status of statuses) {
    const expected = status === 429 ? 'limit -> 503' : 'upstream -> 502'
    t.equal(facts(statusFailure('a', status, null)), expected, String(status))
  }
})

t.test('what the occasion says', async (t) => {
  const { dns_error, http_response_timeout, deadline_exceeded } = FAILURE_CODES
  t.strictSame([dns_error.retry, isTemporary('EAI_AGAIN'), isTemporary('ENOTFOUND')], ['never', true, false])
  t.match(dns_error, { class: 'upstream', counts: true, retryable: true })
  t.match(http_response_timeout, { class: 'timeout', retry: 'soon', counts: true, retryable: true })
  t.match(deadline_exceeded, { class: 'timeout', retry: 'never', counts: false, retryable: true })
  t.match(FAILURE_CODES.authorization_failed, { class: 'upstream', retry: 'never', counts: false, retryable: true })
  for (const code of CODES) {
    const cause = failure(code, '')
    const reason = unusable('a', [{ source: 'b', outcome: failed(cause) }])
    t.match(reason, { code: 'dependency_failed', class: cause.class, retryable: cause.retryable }, code)
    t.match(reason, { retry: 'never', counts: false, cause: { source: 'b', code } }, code)
  }
})

t.test('classes of failures', async (t) => {
  const { rows } = tableOf(DOCS, 'class of all that count')
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
  const { header, rows } = tableOf(DOCS, 'type')
  t.strictSame(header, ['type', 'status', 'meaning', 'what to do'])
  t.strictSame(
    rows.map(([type, status]) => [type, status]),
    (Object.keys(PROBLEMS) as ProblemName[]).map((name) => [`\`${problemType(name)}\``, statusText(name)]),
  )
  t.strictSame(
    rows.map(([, , meaning, remedy]) => ({ meaning, remedy })),
    (Object.keys(PROBLEMS) as ProblemName[]).map((name) => EXPLANATIONS[name]),
    'and /docs/problems says the same',
  )
})

t.test('the members of an answer, of a failed source, and of an explanation', async (t) => {
  const { get } = await buildDemo(t)
  const { components } = (await get('/docs/json')).json
  const namesOf = (schema: string) => Object.keys(components.schemas[schema].properties)
  const { json } = await get('/aggregate?sources=story,hackernews&deadlineMs=12&explain=true')
  t.strictSame(codesOf(tableOf(DOCS, 'member')), Object.keys(json))
  const members = tableOf(DOCS, 'member').rows.find(([name]) => name === '`meta`')?.[1] ?? ''
  t.strictSame(
    new Set(codesIn(members)).difference(new Set(namesOf('Meta'))),
    new Set(['explain=true', 'kept', 'total', 'simulate']),
  )
  for (const name of namesOf('Meta')) t.ok(codesIn(members).includes(name), name)
  t.strictSame(codesOf(tableOf(DOCS, 'field of `failedSources`')), namesOf('FailedSource'))
  const [entry] = json.failedSources
  t.strictSame(
    new Set(namesOf('FailedSource')).difference(new Set(Object.keys(entry))),
    new Set(['details', 'items', 'cause']),
  )
  const [source] = Object.values(json.meta.sources) as object[]
  t.strictSame(codesOf(tableOf(DOCS, 'field of `meta.sources`')).toSorted(), Object.keys(source ?? {}).toSorted())
})

t.test('the fields of a source', async (t) => {
  const { get } = await buildDemo(t)
  const { sources } = (await get('/sources')).json
  const described = codesOf(tableOf(DOCS, 'field of a source'))
  const usual = described.filter(notOf(['origins']))
  for (const source of sources) t.strictSame(new Set(usual), new Set(Object.keys(source)))
  const balanced = await build(t, { sources: { a: { url: 'http://a.example/', origins: ['http://b.example'] } } })
  const [{ origins, ...rest }] = (await balanced.get('/sources')).json.sources
  t.same([...Object.keys(rest), 'origins'].toSorted(), described.toSorted())
  t.same(origins, [{ origin: 0, breaker: 'closed' }])
})

t.test('the headers of an answer', async (t) => {
  const { get } = await buildDemo(t)
  const responses = await Promise.all([
    get('/aggregate?sources=story', { headers: { prefer: 'wait=1' } }),
    get('/aggregate?sources=story&deadlineMs=1'),
    get('/sources'),
  ])
  const { rows } = tableOf(DOCS, 'header')
  const described = rows.flatMap(([name = '']) => codesIn(name)).map((name) => name.toLowerCase())
  const usual = ['content-type', 'content-length', 'date', 'connection', 'keep-alive', ...Object.keys(SECURITY_HEADERS)]
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
  const upstreams = await OwnUpstreams.start(t)
  const { get, log } = await upstreams.build('composed.yaml')
  await get('/aggregate/bill?user=1')
  const ofList = ['items', 'failedItems']
  for (const line of log.named('upstream')) {
    const isList = line.source === 'goods'
    t.strictSame(fieldsOf(line), codesOf(tableOf(DOCS, 'field of "upstream"')).filter(notOf(isList ? [] : ofList)))
  }
  for (const line of log.named('aggregate')) {
    t.strictSame(fieldsOf(line), codesOf(tableOf(DOCS, 'field of "aggregate"')))
  }
  t.strictSame(
    ['upstream', 'aggregate', 'item', 'attempt'].map((msg) => log.named(msg).length),
    [3, 1, 2, 4],
  )
})

t.test('other log lines, with their levels and fields', async (t) => {
  const upstreams = await OwnUpstreams.start(t)
  const { get, log } = await upstreams.build('composed.yaml')
  await get('/aggregate/bill?user=1')
  const quiet = memoryLog()
  const { logger } = quiet
  const events = new Events()
  logEvents(events, logger)
  const [item] = log.named('item')
  events.emit('breaker', { source: 'a', origin: 0, from: 'closed', to: 'open', openForMs: 5000 })
  events.emit('redis', { available: false, reason: 'timeout' })
  events.emit('shape', { requestId: 'a', traceId: 'b', view: 'a', key: 'a', error: new Error('b') })
  const context = { requestId: 'a', trace: { traceId: 'b', flags: '01' } }
  const call = { source: 'a', id: 'a', context, record: newRecord() } as Call
  events.emit('details', { call, reason: 'a' })
  events.emit('mismatch', { call, detail: 'a', pointers: ['/a'] })
  events.emit('header', { requestId: 'a', traceId: 'b', source: 'a', id: 'a', name: 'a', reason: 'a' })
  events.emit('refresh', { call, outcome: failed(failure('connection_refused', '')) })
  events.emit('finished', { call, outcome: failed(failure('connection_refused', '')) })
  const upstream = codesOf(tableOf(DOCS, 'field of "upstream"')).filter(notOf(['items', 'failedItems']))
  await get('/nope')
  const request = { id: 'a', method: 'GET', url: '/' }
  events.emit('refusal', refusalOf(request, new Problem('internal-error', 'a'), new Error('b')))
  const lines = [...quiet.lines, item, log.named('attempt')[0], log.named('request refused')[0]]
  const { rows } = tableOf(DOCS, 'other lines')
  t.strictSame(new Set(rows.map(([msg]) => msg)), new Set(lines.map((line) => JSON.stringify(line?.msg))))
  for (const [msg = '', levels = '', , fields = ''] of rows) {
    const line = lines.find((one) => JSON.stringify(one?.msg) === msg) ?? {}
    t.strictSame(fieldsOf(line), fields === 'as "upstream"' ? upstream : codesIn(fields), msg)
    t.ok(levels.split(', ').includes(logger.levels.labels[Number(line.level)] ?? ''), msg)
  }
})

t.test('every log line of the process is described, with its level', async (t) => {
  const { rows } = tableOf(DOCS, 'line of the process')
  const described = rows.flatMap(([msg = '', levels = '']) => levels.split(', ').map((level) => `${level} ${msg}`))
  const code = globSync('src/**/*.ts', { cwd: ROOT }).map(readRoot)
  const calls = code.flatMap((text) => [
    ...text.matchAll(/logger\??\.(info|warn|error|fatal)\((?:.*, )?'([^'\n]+)'\)/g),
  ])
  const written = new Set(calls.map(([, level, msg]) => `${level} "${msg}"`))
  const ofEvents = new Set(tableOf(DOCS, 'other lines').rows.map(([msg]) => msg))
  const ofProcess = [...written].filter((line) => !ofEvents.has(line.slice(line.indexOf('"'))))
  t.strictSame(described.toSorted(), ofProcess.toSorted())
})

function fieldsOf(line: Line): readonly string[] {
  return Object.keys(line).filter(notOf(['level', 'time', 'msg']))
}

function notOf(names: readonly string[]): (name: string) => boolean {
  return (name) => !names.includes(name)
}

t.test('limits', async (t) => {
  const longestMs = 10_000
  const { http } = createServer(
    () => {},
    { longestMs, maxArriving: 1 },
    () => {},
  )
  const kib = (bytes: number) => `${bytes / 1024} KiB`
  const seconds = (ms: number) => `${ms / 1000} s`
  const limits = Object.fromEntries(tableOf(DOCS, 'what').rows.map(([what, limit]) => [what, limit]))
  t.strictSame(limits, {
    URL: kib(LIMITS.MAX_URL_BYTES),
    'request headers, together': kib(LIMITS.MAX_HEADER_BYTES),
    'request body': '`server.maxBody`',
    'requests in a batch': String(LIMITS.MAX_BATCH_REQUESTS),
    'sources in an answer': String(LIMITS.MAX_SOURCES),
    'those and what they need, together': String(LIMITS.MAX_PLANNED),
    'origins of a source': String(LIMITS.MAX_ORIGINS),
    'headers of a request to arrive': seconds(http.headersTimeout),
    'a whole request to arrive': seconds(http.requestTimeout),
    'idle connection of a client': seconds(http.keepAliveTimeout),
    'a client that takes nothing of its answer': `\`deadline.max\` + ${seconds(http.timeout - longestMs)}`,
    'answers in work': '`server.maxInFlight`',
    'requests that are arriving': '`server.maxInFlight`',
    'requests that wait on one connection': String(MAX_WAITING),
    'heap memory (`--max-old-space-size`)': `${MAX_HEAP_SHARE * 100} % of its limit`,
    'mean event loop delay': `${MAX_LOOP_DELAY_MS} ms`,
    "headers of an upstream's answer, or a proxy's": kib(LIMITS.MAX_UPSTREAM_HEADER_BYTES),
    "body of an upstream's answer, decoded": '`maxBytes`',
    'body of a failed answer, for details': kib(MAX_DRAIN_BYTES),
    '`details` of a failure': kib(LIMITS.MAX_DETAILS_BYTES),
    'headers of sources on an answer': kib(LIMITS.MAX_EXPOSED_BYTES),
    "an upstream's answer on the wire": `twice \`maxBytes\` + ${kib(LIMITS.MAX_UPSTREAM_OVERHEAD_BYTES)}`,
    'a token request (`auth.oauth2`)': seconds(TOKEN_REQUEST_MS),
    'answer of a token endpoint, decoded': kib(MAX_TOKEN_ANSWER_BYTES),
    'an access token': kib(MAX_TOKEN_BYTES),
    'upstream requests of an answer': '`server.maxAttempts`',
    'data of an answer': '`server.maxAnswerBytes`',
    'clients that are counted apart': String(MAX_CLIENTS),
    'an answer in Redis': `${MAX_BODY_BYTES / 1024 ** 2} MiB`,
    'bodies and expressions that wait': String(MAX_TASKS),
    'heap of a worker thread': `a quarter, ${MOST_HEAP_MB} MB`,
    'a text that an expression makes': `${MAX_TEXT / 1024 ** 2} Mi characters`,
    'answers that clients do not read': `${MAX_UNSENT_BYTES / 1024 ** 2} MiB together`,
  })
})
