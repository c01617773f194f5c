import t from 'tap'
import type { Arrival } from '../../../src/console/browser/ask.js'
import { after, begun, type Failure, type Run, type SourceMeta, stopped } from '../../../src/console/browser/run.js'

const entry = (key: string) => ({ key, source: key === 'paris' ? 'weather' : key, description: null, required: false })
const ENDPOINT = {
  view: null,
  method: 'GET',
  path: 'aggregate',
  description: null,
  deadlineMs: 2000,
  streams: true,
  entries: ['news', 'paris', 'user'].map(entry),
  parameters: [],
  headers: [],
}
const CHOICE = {
  view: null,
  body: '',
  picked: ['news', 'paris', 'user'],
  values: {},
  deadlineMs: '',
  strict: false,
  explain: true,
  endings: {},
}

const META: SourceMeta = {
  attempts: 1,
  hedged: false,
  from: 'live',
  ageMs: 0,
  startedAtMs: 10,
  durationMs: 30,
  bytes: 9,
}
const FAILURE: Failure = {
  id: 'news',
  source: 'news',
  code: 'http_response_timeout',
  message: 'news did not answer within 500 ms',
  required: false,
  upstreamStatus: null,
  retryable: true,
  retryAfterMs: null,
  attempts: 2,
  durationMs: 500,
  servedFrom: null,
}

/** The run after these records, as the service writes them; one arrives every 100 ms. */
function afterAll(run: Run, records: readonly object[]): Run {
  return records.reduce<Run>((state, record, index) => after(state, arrivalOf(record), (index + 1) * 100), run)
}

function arrivalOf(record: object): Arrival {
  const text = JSON.stringify(record)
  return 'done' in record
    ? { kind: 'end', text, end: record as never }
    : { kind: 'record', text, record: record as never }
}

const start = () => begun(ENDPOINT, CHOICE)
const states = (run: Run) => run.rows.map(({ id, state }) => `${id} ${state}`)

t.test('rows are in order of arrival, then those that run', async (t) => {
  const run = afterAll(start(), [{ id: 'paris', source: 'weather', ok: true, data: 1 }])
  t.same(states(run), ['paris data', 'news pending', 'user pending'])
  t.same(states(afterAll(run, [{ id: 'user', source: 'user', ok: true, data: null }])), [
    'paris data',
    'user empty',
    'news pending',
  ])
  t.equal(run.rows[0]?.endMs, 100, 'without explain: when it arrived')
  t.equal(afterAll(start(), [{ id: 'user', ok: true, data: 1, meta: META }]).rows[0]?.endMs, 40, 'with it: as told')
  t.same(afterAll(start(), [{ id: 'nobody', ok: true, data: 1 }]), start(), 'what was not asked is ignored')
})

t.test('every way to end has a state', async (t) => {
  const stateOf = (record: object) => afterAll(start(), [{ id: 'news', source: 'news', ...record }]).rows[0]?.state
  t.equal(stateOf({ ok: true, data: { a: 1 } }), 'data')
  t.equal(stateOf({ ok: true, data: false }), 'data')
  t.equal(stateOf({ ok: true, data: null }), 'empty')
  t.equal(stateOf({ ok: true, data: null, meta: { ...META, from: 'skipped' } }), 'skipped')
  t.equal(stateOf({ ok: false, failure: FAILURE }), 'failed')
  t.equal(stateOf({ ok: true, data: 1, failure: { ...FAILURE, servedFrom: 'stale' } }), 'substituted')
  t.equal(stateOf({ ok: true, data: null, failure: { ...FAILURE, servedFrom: 'fallback' } }), 'substituted')
  t.equal(stateOf({ ok: true, data: [null], failure: { ...FAILURE, items: [{ index: 0 }] } }), 'incomplete')
  t.equal(stateOf({ ok: false, failure: { ...FAILURE, items: [{ index: 0 }] } }), 'failed')
})

t.test('the text is the answer as it would have come whole, digits and all', async (t) => {
  const line = '{"id":"user","source":"user","ok":true,"data":{"n":9007199254740993,"data":1},"meta":{}}'
  const first = after(start(), { kind: 'record', text: line, record: JSON.parse(line) }, 5)
  t.equal(first.text, '{"data":{"user":{"n":9007199254740993,"data":1}},"failedSources":[]}')
  const meta = { requestId: 'r', durationMs: 9, deadlineMs: 800 }
  const run = afterAll(first, [
    { id: 'news', source: 'news', ok: false, failure: FAILURE },
    { id: 'paris', source: 'weather', ok: true, data: [1] },
    { done: true, status: 200, partial: true, failedSources: [FAILURE], meta },
  ])
  t.match(run, { phase: 'done', deadlineMs: 800 })
  t.same(JSON.parse(run.text), {
    data: { news: null, paris: [1], user: { n: 9007199254740992, data: 1 } },
    failedSources: [FAILURE],
    partial: true,
    meta,
  })
  t.match(run.text, /^\{"data":\{"news":null,"paris":\[1\],"user":\{"n":9007199254740993/, 'in the order of data')
})

t.test('a whole answer tells of its sources by failedSources and explain', async (t) => {
  const end = {
    status: 200,
    partial: true,
    failedSources: [FAILURE],
    meta: {
      requestId: 'r',
      durationMs: 600,
      deadlineMs: 2000,
      sources: { news: { ...META, startedAtMs: 0, durationMs: 500 }, paris: META, user: { ...META, durationMs: 5 } },
    },
  }
  const run = after(start(), { kind: 'answer', text: '{"data":"shaped"}', end }, 610)
  t.same(states(run), ['user answered', 'paris answered', 'news failed'], 'in order of their ends')
  t.match(run, { phase: 'done', text: '{"data":"shaped"}' })
  const { sources: _, ...meta } = end.meta
  const unexplained = after(start(), { kind: 'answer', text: '{}', end: { ...end, meta } }, 610)
  t.same(states(unexplained), ['news failed', 'paris unknown', 'user unknown'], 'without explain')
})

t.test('a problem: its failed sources have ended', async (t) => {
  const problem = { status: 502, title: 'x', detail: 'y', failedSources: [FAILURE] }
  const run = after(start(), { kind: 'problem', text: '{}', problem, retryAfter: '3' }, 100)
  t.match(run, { phase: 'problem', problem, retryAfter: '3' })
  t.same(states(run), ['news failed', 'paris unknown', 'user unknown'])
  t.equal(run.rows[0]?.endMs, 500)
  const refused = after(start(), { kind: 'problem', text: '', problem: { status: 401 }, retryAfter: null }, 100)
  t.same(new Set(refused.rows.map(({ state }) => state)), new Set(['unknown']))
})

t.test('a run that stops keeps what has arrived', async (t) => {
  const run = stopped(afterAll(start(), [{ id: 'paris', ok: true, data: 1 }]), 'cancelled', '')
  t.equal(run.phase, 'cancelled')
  t.same(states(run), ['paris data', 'news unknown', 'user unknown'])
})

t.test('it begins with what was picked, the shorter deadline, and how calls are made to end', async (t) => {
  const run = begun(ENDPOINT, { ...CHOICE, picked: ['user', 'news'], deadlineMs: '800', endings: { user: 'empty' } })
  t.same(states(run), ['news pending', 'user pending'])
  t.match(run, { deadlineMs: 800, rows: [{ ending: null }, { ending: 'empty' }] })
  t.equal(begun(ENDPOINT, { ...CHOICE, deadlineMs: '9000' }).deadlineMs, 2000)
  t.equal(begun(ENDPOINT, { ...CHOICE, deadlineMs: 'soon' }).deadlineMs, 2000)
})
