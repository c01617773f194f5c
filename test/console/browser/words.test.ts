import t from 'tap'
import type { Failure, Row, Run, SourceMeta } from '../../../src/console/browser/run.js'
import { bytes, detailsIn, ms, sentenceFor, stateIn, summaryOf } from '../../../src/console/browser/words.js'

const META: SourceMeta = {
  attempts: 1,
  hedged: false,
  from: 'live',
  ageMs: 0,
  startedAtMs: 0,
  durationMs: 30,
  bytes: 0,
}
const FAILURE: Failure = {
  id: 'news',
  source: 'news',
  code: 'upstream_status',
  message: 'news answered with status 503',
  required: false,
  upstreamStatus: 503,
  retryable: true,
  retryAfterMs: null,
  attempts: 2,
  durationMs: 500,
  servedFrom: null,
}
const ROW: Row = { id: 'news', source: 'news', state: 'data', endMs: 42, failure: null, meta: null, ending: null }
const FAILED: Row = { ...ROW, state: 'failed', failure: FAILURE }

t.test('how a source ended', async (t) => {
  t.equal(stateIn(ROW), 'data')
  t.equal(stateIn({ ...ROW, state: 'pending', endMs: null }), 'running')
  t.equal(stateIn(FAILED), 'failed: upstream_status')
  t.equal(
    stateIn({ ...FAILED, state: 'substituted', failure: { ...FAILURE, servedFrom: 'stale' } }),
    'stale data after upstream_status',
  )
})

t.test('what else is known', async (t) => {
  t.same(detailsIn(ROW), [])
  t.same(detailsIn(FAILED), ['2 attempts', 'status 503'])
  t.same(detailsIn({ ...ROW, meta: { ...META, hedged: true, attempts: 2, startedAtMs: 40, bytes: 2048 } }), [
    '2 attempts',
    'hedged',
    'waited 40 ms',
    '2 KiB',
  ])
  t.same(detailsIn({ ...ROW, meta: { ...META, from: 'cache', ageMs: 12_000 } }), ['from the cache, 12 s old'])
  t.same(detailsIn({ ...ROW, ending: 'delay=800ms' }), ['forced: delay=800ms'])
  t.same(detailsIn({ ...ROW, state: 'empty', ending: 'empty' }), ['forced'])
  const cause = { source: 'user', code: 'dns_error' }
  const failure = { ...FAILURE, attempts: 0, upstreamStatus: null, cause, items: [{}, {}] }
  t.same(detailsIn({ ...FAILED, failure }), ['2 items missing', 'because of user'])
})

t.test('sentences for screen readers', async (t) => {
  t.equal(sentenceFor(ROW), 'news: data after 42 ms.')
  t.equal(sentenceFor(FAILED), 'news: failed: upstream_status after 42 ms, 2 attempts, status 503.')
})

const RUN: Run = {
  phase: 'running',
  rows: [ROW, { ...ROW, id: 'b', state: 'pending', endMs: null }],
  keys: ['news', 'b'],
  deadlineMs: 2000,
  data: new Map(),
  end: null,
  problem: null,
  retryAfter: null,
  text: '',
  fault: '',
}

t.test('the run in a few words', async (t) => {
  const meta = { requestId: 'r', durationMs: 815.2, deadlineMs: 2000 }
  const end = { status: 200, partial: false, failedSources: [], meta }
  const done: Run = { ...RUN, phase: 'done', rows: [ROW], end }
  t.same(summaryOf(RUN), { tone: 'running', title: 'Running', text: '1 of 2 sources settled.' })
  t.same(summaryOf(done), { tone: 'good', title: '200 complete', text: '1 source settled. 815 ms of 2,000 ms.' })
  t.match(summaryOf({ ...done, rows: [ROW, { ...ROW, state: 'substituted' }] }), {
    tone: 'mixed',
    title: '200 complete',
    text: '2 sources settled. 1 source substituted. 815 ms of 2,000 ms.',
  })
  t.match(summaryOf({ ...done, rows: [ROW, FAILED], end: { ...end, partial: true } }), {
    tone: 'mixed',
    title: '200 partial',
    text: '1 of 2 sources failed. 815 ms of 2,000 ms.',
  })
  t.match(summaryOf({ ...done, end: { ...end, status: 504, partial: true } }), {
    tone: 'bad',
    title: '504 instead of data',
  })
  t.match(summaryOf({ ...RUN, phase: 'cancelled' }), {
    title: 'Cancelled',
    text: '1 of 2 sources settled before that.',
  })
  t.match(summaryOf({ ...RUN, phase: 'broken', fault: 'TypeError: failed' }), {
    tone: 'bad',
    text: 'TypeError: failed.',
  })
  const problem = { status: 401, title: 'Unauthorized', detail: 'This needs a credential.' }
  t.same(summaryOf({ ...RUN, phase: 'problem', problem }), {
    tone: 'bad',
    title: '401 Unauthorized',
    text: 'This needs a credential.',
  })
})

t.test('times and sizes', async (t) => {
  t.same([0, 3.84, 42.4, 1500, 9999, 12_345].map(ms), ['0 ms', '3.8 ms', '42 ms', '1,500 ms', '9,999 ms', '12.3 s'])
  t.same([1, 512, 1536, 3 * 1024 * 1024].map(bytes), ['1 byte', '512 bytes', '1.5 KiB', '3 MiB'])
})
