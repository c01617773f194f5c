import t from 'tap'
import { type Answer, type AnswerOptions, answer } from '../../src/aggregate/answer.ts'
import type { Plan } from '../../src/aggregate/plan.ts'
import type { Settled } from '../../src/aggregate/run.ts'
import { failure, statusFailure } from '../../src/core/failure.ts'
import { failed, live, type Outcome } from '../../src/core/outcome.ts'
import { Problem } from '../../src/http/problem.ts'
import { json, makePlan, makeSettled } from './bench.ts'

const DATA = makeSettled('weather', json('{"temp":1.0}'))
const EMPTY = makeSettled('alerts', live(null, 204))
const LATE = makeSettled('news', failed(failure('http_response_timeout', 'news did not answer within 500 ms')))
const FALLBACK = makeSettled('ads', {
  ...json('[]'),
  failure: failure('connection_refused', 'ads refused'),
  from: 'fallback',
} satisfies Outcome)
const OPTIONS: AnswerOptions = { now: 1850.26, serverTiming: true, isPrivate: false, shaped: null, exposed: {} }

const of = (settled: readonly Settled[], over: Partial<Plan> = {}, options = OPTIONS) => {
  return answer(
    makePlan(
      settled.map(({ node }) => node),
      over,
    ),
    settled,
    options,
  )
}
const bodyOf = (made: ReturnType<typeof of>) => JSON.parse((made.body as Buffer).toString())

const keysOf = ({ failed }: Answer) => failed.map(({ id }) => id)

t.test('an answer has the data in the order of the plan, the failed sources and the duration', async (t) => {
  const made = of([LATE, DATA, EMPTY, FALLBACK])
  t.match(made, { status: 200, partial: true, durationMs: 850.3 })
  t.match(made.failed, [{ id: 'news', code: 'http_response_timeout' }, { id: 'ads' }])
  const body = bodyOf(made)
  t.strictSame(Object.keys(body), ['data', 'failedSources', 'partial', 'meta'])
  t.strictSame(Object.entries(body.data), [
    ['news', null],
    ['weather', { temp: 1 }],
    ['alerts', null],
    ['ads', []],
  ])
  t.equal(body.failedSources.length, 2)
  t.match(body.failedSources, [
    { id: 'news', code: 'http_response_timeout', servedFrom: null },
    { id: 'ads', code: 'connection_refused', servedFrom: 'fallback' },
  ])
  t.strictSame(body.partial, true)
  t.strictSame(body.meta, { requestId: 'req-1', durationMs: 850.3, deadlineMs: 1000 })
})

t.test('substituted data is listed, and the answer is not partial', async (t) => {
  const made = of([DATA, FALLBACK])
  t.same(keysOf(made), ['ads'])
  t.match(made, { status: 200, partial: false, headers: { 'aggregate-partial': 'false' } })
  t.equal(bodyOf(made).partial, false)
})

t.test('Server-Timing has the total and one entry per shown source, with its failure code', async (t) => {
  t.strictSame(of([DATA, LATE, FALLBACK]).headers, {
    'aggregate-partial': 'true',
    'cache-control': 'no-store',
    'server-timing':
      'total;dur=850.3, weather;dur=40.1, news;dur=40.1;desc="http_response_timeout", ads;dur=40.1;desc="connection_refused"',
  })
  const { etag, ...others } = of([DATA], {}, { ...OPTIONS, serverTiming: false }).headers
  t.strictSame(others, { 'aggregate-partial': 'false', 'cache-control': 'no-cache' })
  t.match(etag, /^W\//)
})

t.test('explain adds the details of each source', async (t) => {
  t.match(bodyOf(of([DATA, LATE], { explain: true })).meta.sources, {
    weather: { from: 'live', attempts: 1 },
    news: {},
  })
  t.notOk('sources' in bodyOf(of([DATA])).meta)
})

t.test('dependencies are not in the answer, and their `required` does not count', async (t) => {
  const hidden = makeSettled('user', failed(failure('dns_error', 'gone')), { shown: false, required: true })
  const made = of([DATA, hidden], { explain: true })
  t.match(made, { status: 200, partial: false })
  t.same(made.failed, [])
  t.notMatch(`${made.body}${JSON.stringify(made.headers)}`, 'user')
  t.equal(of([LATE, { ...hidden, outcome: json('1') }]).status, 504, 'nor does its success')
})

t.test('without data the answer is a problem with the failed sources', async (t) => {
  const made = of([
    LATE,
    makeSettled('ads', failed(failure('connection_refused', 'ads refused')), { required: true }),
    FALLBACK,
  ])
  t.match(made, { status: 502, partial: true })
  t.same(keysOf(made), ['news', 'ads', 'ads'])
  t.match(made.headers, { 'aggregate-partial': 'true', 'server-timing': /^total;/ })
  t.ok(made.body instanceof Problem)
  t.match(made.body, {
    kind: 'sources-failed',
    message: 'A required source failed: ads refused',
    details: { failedSources: [{ id: 'news' }, { id: 'ads' }, { id: 'ads', servedFrom: 'fallback' }] },
  })
  t.notOk('retryAfterSeconds' in (made.body as Problem).details)
})

t.test('timeouts are 504, without a Retry-After', async (t) => {
  const made = of([LATE])
  t.match(made, { status: 504, body: { kind: 'sources-timed-out' } })
  t.notOk('retryAfterSeconds' in (made.body as Problem).details)
})

t.test('limits are 503, with a Retry-After in whole seconds, rounded up, at least one', async (t) => {
  for (const [ms, seconds] of [
    [null, 1],
    [0, 1],
    [1, 1],
    [1000, 1],
    [1001, 2],
    [90_000, 90],
  ] as const) {
    const made = of([makeSettled('a', failed(statusFailure('a', 429, ms)))])
    t.match(
      made,
      { status: 503, body: { kind: 'sources-unavailable', details: { retryAfterSeconds: seconds } } },
      String(ms),
    )
  }
})

const LIST = { total: 60, kept: 50, failed: 1 }
const items = [{ index: 1, code: 'upstream_status', upstreamStatus: 410 }] as const
const IN_PART = makeSettled('stories', {
  ...json('[1,null]'),
  failure: { ...statusFailure('story', 410, null), items },
  list: LIST,
})

t.test('an incomplete list is data, is listed with its failed items, and makes the answer partial', async (t) => {
  const made = of([DATA, { ...IN_PART, node: { ...IN_PART.node, required: true } }])
  t.match(made, { status: 200, partial: true, headers: { 'aggregate-partial': 'true' } })
  t.strictSame(keysOf(made), ['stories'])
  const body = bodyOf(made)
  t.strictSame(body.data, { weather: { temp: 1 }, stories: [1, null] })
  t.strictSame(body.failedSources[0].items, items)
  t.equal(body.failedSources[0].servedFrom, null)
  t.equal(of([IN_PART]).status, 200, 'also where it is all there is')
})

t.test('truncated lists that are shown are reported, before the details of explain', async (t) => {
  const body = bodyOf(of([DATA, IN_PART], { explain: true }))
  t.strictSame(Object.keys(body.meta), ['requestId', 'durationMs', 'deadlineMs', 'truncated', 'sources'])
  t.strictSame(body.meta.truncated, { stories: { kept: 50, total: 60 } })
  const whole = makeSettled('all', { ...json('[1]'), list: { total: 1, kept: 1, failed: 0 } })
  t.notOk('truncated' in bodyOf(of([DATA, whole])).meta)
  const unseen = makeSettled('stories', IN_PART.outcome, { shown: false })
  t.notOk('truncated' in bodyOf(of([DATA, unseen])).meta)
})

t.test('with a shape the data is its result; the rest of the answer is unchanged', async (t) => {
  const shaped = [Buffer.from('{"temp":'), Buffer.from('1}')]
  const made = of([LATE, DATA, EMPTY, FALLBACK], {}, { ...OPTIONS, shaped })
  t.match(made, { status: 200, partial: true })
  t.match(String(made.body), /^\{"data":\{"temp":1\},"failedSources":\[/)
  t.strictSame(keysOf(made), ['news', 'ads'])
  t.equal(of([LATE], {}, { ...OPTIONS, shaped }).status, 504, 'but it is no data to give')
})
