import fc from 'fast-check'
import t from 'tap'
import { judge } from '../../src/aggregate/verdict.ts'
import { type FailureCode, failure, statusFailure } from '../../src/core/failure.ts'
import { failed, live, type Outcome } from '../../src/core/outcome.ts'
import { json, makeSettled } from './bench.ts'

const fail = (code: FailureCode): Outcome => failed(failure(code, code))
const DATA = json('1')
const EMPTY = live(null, 204)
const STALE: Outcome = { ...DATA, failure: failure('dns_error', 'gone'), from: 'stale' }
const T = fail('http_response_timeout')
const L = fail('connection_limit_reached')
const U = fail('connection_refused')

/** One settled call per outcome; those with the given indexes are required. */
function judged(outcomes: readonly Outcome[], ...required: readonly number[]) {
  return judge(outcomes.map((outcome, i) => makeSettled(`s${i}`, outcome, { required: required.includes(i) })))
}

const word = (...args: Parameters<typeof judged>) => {
  const verdict = judged(...args)
  return verdict.kind === 'answer' ? (verdict.partial ? 'partial' : 'complete') : verdict.problem
}

t.test('if one optional source has not failed, the answer has data', async (t) => {
  t.equal(word([DATA, EMPTY]), 'complete')
  t.equal(word([EMPTY]), 'complete')
  t.equal(word([STALE]), 'complete', 'a value that stands in is no failure of the answer')
  for (const good of [DATA, EMPTY, STALE]) t.equal(word([good, T, L, U]), 'partial')
})

t.test('when all failed, their class decides the problem; with several classes it is sources-failed', async (t) => {
  t.equal(word([T, T]), 'sources-timed-out')
  t.equal(word([T, fail('deadline_exceeded'), fail('connection_timeout')]), 'sources-timed-out')
  t.equal(word([L]), 'sources-unavailable')
  t.equal(word([L, failed(statusFailure('s', 429, null))]), 'sources-unavailable')
  t.equal(word([U, fail('invalid_body')]), 'sources-failed')
  t.equal(word([failed(statusFailure('s', 503, null))]), 'sources-failed', "an upstream's 503 is not ours")
  for (const mix of [
    [T, L],
    [T, U],
    [L, U],
    [T, L, U],
  ])
    t.equal(word(mix), 'sources-failed')
})

t.test('when a required source failed, only the required ones count', async (t) => {
  t.equal(word([DATA, T, U], 1), 'sources-timed-out')
  t.equal(word([DATA, T, U], 1, 2), 'sources-failed')
  t.equal(word([U, U, L], 2), 'sources-unavailable', 'also where all failed')
  t.equal(word([DATA, T], 0), 'partial')
})

t.test('empty and substituted outcomes satisfy required', async (t) => {
  t.equal(word([EMPTY, STALE, T], 0, 1), 'partial')
  t.equal(word([EMPTY, STALE], 0, 1), 'complete')
})

t.test('an incomplete list satisfies required and makes the answer partial; a failed list does neither', async (t) => {
  const items = [{ index: 1, code: 'dns_error', upstreamStatus: null }] as const
  const reason = failure('dns_error', 'gone', { items })
  const inPart: Outcome = { ...json('[1,null]'), failure: reason }
  t.equal(word([inPart], 0), 'partial')
  t.equal(word([inPart, T], 0), 'partial')
  t.equal(word([{ ...inPart, from: 'stale' }], 0), 'partial', 'also where another item is stale')
  t.equal(word([failed(reason), DATA], 0), 'sources-failed')
})

t.test("the class of a dependency's cause decides", async (t) => {
  const cause = { source: 'user', code: 'connection_timeout' } as const
  const dependent = failed(failure('dependency_failed', 'x', { class: 'timeout', cause }))
  t.equal(word([dependent, T]), 'sources-timed-out')
})

t.test('the longest Retry-After of the failures that count is returned', async (t) => {
  const wait = (ms: number | null) => failed(statusFailure('s', 429, ms))
  t.match(judged([wait(1000), wait(3000), wait(null)]), { retryAfterMs: 3000 })
  t.match(judged([wait(1000), wait(3000)], 0), { retryAfterMs: 1000 })
  t.match(judged([wait(0)]), { retryAfterMs: 0 })
  t.match(judged([L]), { retryAfterMs: null })
})

t.test('the detail states whether the sources are required, and lists each failure', async (t) => {
  t.match(judged([T, U]), { detail: 'All 2 requested sources failed: http_response_timeout; connection_refused.' })
  t.match(judged([DATA, U], 1), { detail: 'A required source failed: connection_refused.' })
  t.match(judged([U]), { detail: 'The requested source failed: connection_refused.' })
  t.match(judged([T, U], 0, 1), { detail: /^2 required sources failed: / })
})

/** A failure whose status is passed on. */
const passed = (status: number, more: object = {}): Outcome =>
  failed({ ...statusFailure('s', status, null), passes: status, ...more })

/** The same in an answer of a view. */
function passedBy(outcomes: readonly Outcome[], ...required: readonly number[]) {
  const settled = outcomes.map((outcome, i) => makeSettled(`s${i}`, outcome, { required: required.includes(i) }))
  return judge(settled, true)
}

t.test('one status that all failures pass on is that of the answer, in a view', async (t) => {
  const refused = { problem: 'sources-refused', status: 404 }
  t.match(passedBy([passed(404)]), refused)
  t.match(passedBy([passed(404), passed(404)]), refused)
  t.match(passedBy([passed(404), DATA], 0), refused)
  t.match(passedBy([passed(404), T], 0), refused, 'only the required one counts')
  const dependent = failed(failure('dependency_failed', 'x', { passes: 404 }))
  t.match(passedBy([dependent, passed(404)]), refused, 'a dependency counts as its cause')
  for (const others of [
    [passed(404), passed(403)],
    [passed(404), T],
    [passed(404), failed(statusFailure('s', 404, null))],
  ])
    t.match(passedBy(others), { problem: 'sources-failed', status: 502 })
  t.match(passedBy([passed(404), DATA]), { kind: 'answer', partial: true })
  t.match(judged([passed(404)]), { problem: 'sources-failed', status: 502 }, 'not outside of views')
})

t.test('with a 401 come the challenges of the sources, each once, or Bearer', async (t) => {
  t.match(passedBy([passed(401)]), { status: 401, challenges: ['Bearer'] })
  const [a, b] = ['Basic realm="a"', 'Bearer realm="b"']
  const outcomes = [passed(401, { challenge: a }), passed(401, { challenge: b }), passed(401, { challenge: a })]
  t.strictSame((passedBy(outcomes) as { challenges?: unknown }).challenges, [a, b])
  t.notOk('challenges' in passedBy([passed(404)]))
  t.match(passedBy([passed(429, { retryAfterMs: 3000 })]), { status: 429, retryAfterMs: 3000 })
})

t.test('the status follows the table for all outcomes', async () => {
  const kinds = fc.constantFrom(DATA, EMPTY, STALE, T, L, U, passed(404), passed(401), passed(429))
  fc.assert(
    fc.property(fc.array(fc.tuple(kinds, fc.boolean()), { minLength: 1 }), fc.boolean(), (list, isView) => {
      const settled = list.map(([outcome, required], i) => makeSettled(`s${i}`, outcome, { required }))
      const lost = settled.filter(({ outcome }) => outcome.failure !== null && outcome.body === null)
      const needed = lost.filter(({ node }) => node.required)
      const counted = needed.length > 0 ? needed : lost.length === settled.length ? lost : []
      const verdict = judge(settled, isView)
      if (counted.length === 0) return verdict.kind === 'answer'
      const failures = counted.map(({ outcome }) => outcome.failure)
      const all = (test: (reason: (typeof failures)[number]) => boolean) => failures.every(test)
      const [first] = failures
      const passes = isView && first?.passes !== undefined && all((reason) => reason?.passes === first.passes)
      const byClass = { timeout: 504, limit: 503, upstream: 502 }
      const expected = passes
        ? first.passes
        : all((reason) => reason?.class === first?.class)
          ? byClass[first?.class ?? 'upstream']
          : 502
      return verdict.kind === 'problem' && verdict.status === expected
    }),
  )
})

t.test('the order of sources does not change the verdict', async () => {
  const calls = fc.array(fc.tuple(fc.constantFrom(DATA, EMPTY, STALE, T, L, U), fc.boolean()), { minLength: 1 })
  const both = calls.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })))
  const of = (list: readonly (readonly [Outcome, boolean])[]) => {
    return word(
      list.map(([outcome]) => outcome),
      ...list.flatMap(([, required], i) => (required ? [i] : [])),
    )
  }
  fc.assert(fc.property(both, ([one, other]) => of(one) === of(other)))
})
