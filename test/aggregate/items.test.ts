import t from 'tap'
import { joinItems } from '../../src/aggregate/items.ts'
import { type Call, NO_REQUEST, newRecord } from '../../src/core/call.ts'
import { Cancel } from '../../src/core/cancel.ts'
import { failure, statusFailure } from '../../src/core/failure.ts'
import { failed, isIncomplete, live, type Outcome } from '../../src/core/outcome.ts'
import { newAllowance } from '../support/allowance.ts'
import { TRACE } from '../support/trace.ts'
import { json } from './bench.ts'

const CALL: Call = {
  id: 'stories',
  source: 'story',
  context: { requestId: 'r', trace: TRACE, made: new Map(), allowance: newAllowance() },
  request: NO_REQUEST,
  deadline: { at: 2000, cause: 'batch', spanMs: 1000 },
  cancel: new Cancel(),
  kind: 'first',
  record: newRecord(),
}
const join = (items: readonly Outcome[], total = items.length) => joinItems(CALL, items, total)
const EMPTY = live(null, 204)
const GONE = failed(statusFailure('story', 410, null))
const LATE = failed(failure('http_response_timeout', 'story did not answer within 5 ms'))
const CACHED: Outcome = { ...json('"c"'), from: 'cache', ageMs: 30 }
const STALE: Outcome = { ...json('"s"'), from: 'stale', ageMs: 90, failure: failure('dns_error', 'gone') }

t.test('a list contains the bytes of its items, and null for empty ones', async (t) => {
  const joined = join([json('{"a": 1.0}'), EMPTY, json(' 9007199254740993\n')])
  t.equal(String(joined.body), '[{"a": 1.0},null, 9007199254740993\n]')
  t.strictSame(
    { ...joined, body: null },
    {
      ...{ body: null, failure: null, upstreamStatus: 200, from: 'live', ageMs: 0, freshForMs: null, attemptMs: 0 },
      list: { total: 3, kept: 3, failed: 0 },
    },
  )
})

t.test('a list without items is an empty list', async (t) => {
  const joined = join([])
  t.equal(String(joined.body), '[]')
  t.match(joined, { failure: null, upstreamStatus: null, from: 'live', list: { total: 0, kept: 0, failed: 0 } })
})

t.test('a list has the shortest freshness of its items; it is unknown if that of one item is', async (t) => {
  const fresh = (freshForMs: number | null): Outcome => ({ ...json('1'), freshForMs })
  t.equal(join([fresh(300), fresh(100), fresh(200)]).freshForMs, 100)
  t.equal(join([fresh(300), fresh(null)]).freshForMs, null)
  t.equal(join([fresh(300), fresh(0)]).freshForMs, 0)
  t.equal(join([]).freshForMs, Number.POSITIVE_INFINITY, 'as old as what its items were taken from')
})

t.test('a list of empty items is a list of nulls, not a failure', async (t) => {
  const joined = join([EMPTY, EMPTY])
  t.equal(String(joined.body), '[null,null]')
  t.equal(joined.failure, null)
  t.equal(isIncomplete(joined), false)
})

t.test('an incomplete list has null for failed items, lists them, and has the failure of the first', async (t) => {
  const joined = join([json('1'), GONE, EMPTY, LATE], 9)
  t.equal(String(joined.body), '[1,null,null,null]')
  t.strictSame(joined.failure, {
    ...statusFailure('story', 410, null),
    message: '2 of 4 calls to story failed; the first: story answered with status 410',
    items: [
      { index: 1, code: 'upstream_status', upstreamStatus: 410 },
      { index: 3, code: 'http_response_timeout', upstreamStatus: null },
    ],
  })
  t.strictSame(joined.list, { total: 9, kept: 4, failed: 2 })
  t.equal(isIncomplete(joined), true)
})

t.test('a list failed if all items failed, with the class and retryability of the first', async (t) => {
  const joined = join([failed(statusFailure('story', 429, 2000)), LATE])
  t.equal(joined.body, null)
  t.match(joined.failure, { code: 'upstream_status', class: 'limit', retryable: true, retryAfterMs: 2000 })
  t.equal(join([LATE]).body, null)
  t.equal(String(join([LATE, EMPTY]).body), '[null,null]', 'empty is no failure')
})

t.test('a substituted item is kept, and reported if no item failed', async (t) => {
  const joined = join([json('1'), STALE])
  t.equal(String(joined.body), '[1,"s"]')
  t.match(joined, { from: 'stale', ageMs: 90, failure: { code: 'dns_error' }, list: { failed: 0 } })
  t.equal(joined.failure?.items, undefined)
  t.equal(isIncomplete(joined), false)
  t.equal(join([STALE, GONE]).failure?.code, 'upstream_status', 'one that failed weighs more')
})

t.test('a list is from a cache if all items are, and has the age of the oldest', async (t) => {
  t.match(join([CACHED, { ...CACHED, ageMs: 10 }]), { from: 'cache', ageMs: 30 })
  t.match(join([CACHED, json('1')]), { from: 'live', ageMs: 30 })
  t.match(join([CACHED, GONE]), { from: 'live' })
})
