/** One run: what is known of each source, and of the answer. Nothing here knows the page. */

/**
 * @import { OfferedEndpoint } from '../offered.ts'
 * @import { Arrival, End, Problem, SourceRecord } from './ask.js'
 */
import { membersOf } from './json-text.js'
import { own } from './own.js'

/**
 * An entry of `failedSources`.
 *
 * @typedef {object} Failure
 * @property {string} id
 * @property {string} source
 * @property {string} code
 * @property {string} message
 * @property {boolean} required
 * @property {number | null} upstreamStatus
 * @property {boolean} retryable
 * @property {number | null} retryAfterMs
 * @property {number} attempts
 * @property {number} durationMs
 * @property {string | null} servedFrom
 * @property {readonly unknown[]} [items]
 * @property {{ source: string, code: string }} [cause]
 */

/**
 * What `explain` tells of a source.
 *
 * @typedef {object} SourceMeta
 * @property {number} attempts
 * @property {boolean} hedged
 * @property {string} from
 * @property {number} ageMs
 * @property {number} startedAtMs
 * @property {number} durationMs
 * @property {number} bytes
 */

/**
 * @typedef {object} Meta
 * @property {string} requestId
 * @property {number} durationMs
 * @property {number} deadlineMs
 * @property {Readonly<Record<string, SourceMeta>>} [sources]
 * @property {Readonly<Record<string, string>>} [simulated]
 */

/**
 * @typedef {'pending' | 'data' | 'empty' | 'answered' | 'skipped' | 'substituted' | 'incomplete' | 'failed' | 'unknown'} State
 *   `answered`: data or empty, which a shape hides. `unknown`: the run ended before it was told.
 */

/**
 * What is known of a source.
 *
 * @typedef {object} Row
 * @property {string} id The key in `data`.
 * @property {string} source
 * @property {State} state
 * @property {number | null} endMs Since the start of the answer; null while it runs.
 * @property {Failure | null} failure
 * @property {SourceMeta | null} meta
 * @property {string | null} ending How it was made to end.
 */

/**
 * @typedef {object} Run
 * @property {'running' | 'done' | 'problem' | 'cancelled' | 'broken'} phase
 * @property {readonly Row[]} rows In order of arrival, then those that run.
 * @property {readonly string[]} keys In the order of `data`.
 * @property {number} deadlineMs
 * @property {ReadonlyMap<string, string>} data The JSON text of what arrived, by key.
 * @property {End | null} end
 * @property {Problem | null} problem
 * @property {string | null} retryAfter
 * @property {string} text The JSON text of the answer, as far as it is known.
 * @property {string} fault What broke it.
 */

/**
 * @param {OfferedEndpoint} endpoint
 * @param {import('./request.js').Choice} choice
 * @returns {Run}
 */
export function begun({ entries, deadlineMs }, { picked, deadlineMs: shorter, endings }) {
  const rows = entries
    .filter(({ key }) => picked.includes(key))
    .map(({ key, source }) => pending(key, source, own(endings, key) ?? null))
  return {
    phase: 'running',
    rows,
    keys: picked,
    deadlineMs: Math.min(deadlineMs, Number(shorter) || deadlineMs),
    data: new Map(),
    end: null,
    problem: null,
    retryAfter: null,
    text: '',
    fault: '',
  }
}

/**
 * @param {string} id
 * @param {string} source
 * @param {string | null} ending
 * @returns {Row}
 */
function pending(id, source, ending) {
  return { id, source, state: 'pending', endMs: null, failure: null, meta: null, ending }
}

/**
 * The run after something has arrived.
 *
 * @param {Run} run
 * @param {Arrival} arrival
 * @param {number} atMs When, since the request was sent.
 * @returns {Run}
 */
export function after(run, arrival, atMs) {
  if (arrival.kind === 'record') return withRecord(run, arrival.record, arrival.text, atMs)
  if (arrival.kind === 'end') return ended({ ...run, end: arrival.end })
  if (arrival.kind === 'answer') return withAnswer(run, arrival.end, arrival.text, atMs)
  const { problem, retryAfter, text } = arrival
  const rows = settled(run, problem.failedSources ?? [], {}, atMs)
  return { ...run, phase: 'problem', problem, retryAfter, text, rows }
}

/**
 * @param {Run} run
 * @param {'cancelled' | 'broken'} phase
 * @param {string} fault
 * @returns {Run}
 */
export function stopped(run, phase, fault) {
  return {
    ...run,
    phase,
    fault,
    rows: run.rows.map((row) => (row.state === 'pending' ? { ...row, state: 'unknown' } : row)),
  }
}

/**
 * @param {Run} run
 * @param {SourceRecord} record
 * @param {string} text
 * @param {number} atMs
 * @returns {Run}
 */
function withRecord(run, { id, ok, data, failure = undefined, meta = undefined }, text, atMs) {
  const row = run.rows.find((one) => one.id === id)
  if (row === undefined) return run
  const members = new Map(run.data).set(id, membersOf(text).get('data') ?? 'null')
  const known = { failure: failure ?? null, meta: meta ?? null }
  const state = stateOf(ok && data !== null, known)
  const settledRow = { ...row, ...known, state, endMs: endOf(known.meta, atMs) }
  const others = run.rows.filter((one) => one.id !== id)
  const arrived = others.filter((one) => one.state !== 'pending')
  const rows = [...arrived, settledRow, ...others.filter((one) => one.state === 'pending')]
  return withText({ ...run, data: members, rows })
}

/**
 * @param {Run} run
 * @returns {Run}
 */
function ended(run) {
  const { deadlineMs = run.deadlineMs } = run.end?.meta ?? {}
  return withText({ ...run, phase: 'done', deadlineMs })
}

/**
 * A whole answer: what each source was, follows from the parts about them. With a shape, `data` does not tell.
 *
 * @param {Run} run
 * @param {End} end
 * @param {string} text
 * @param {number} atMs
 * @returns {Run}
 */
function withAnswer(run, end, text, atMs) {
  const rows = settled(run, end.failedSources, end.meta.sources ?? {}, atMs)
  return { ...run, phase: 'done', end, text, rows, deadlineMs: end.meta.deadlineMs }
}

/**
 * The rows of a whole answer, in order of their ends.
 *
 * @param {Run} run
 * @param {readonly Failure[]} failures
 * @param {Readonly<Record<string, SourceMeta>>} metas
 * @param {number} atMs
 * @returns {readonly Row[]}
 */
function settled(run, failures, metas, atMs) {
  const rows = run.rows.map((row) => {
    const known = { failure: failures.find(({ id }) => id === row.id) ?? null, meta: own(metas, row.id) ?? null }
    if (known.failure === null && known.meta === null) return row.state === 'pending' ? unknown(row) : row
    const state = stateOf(true, known)
    const endMs = endOf(known.meta, known.failure?.durationMs ?? atMs)
    return { ...row, ...known, state: state === 'data' ? 'answered' : state, endMs }
  })
  return rows.toSorted((a, b) => (a.endMs ?? Number.POSITIVE_INFINITY) - (b.endMs ?? Number.POSITIVE_INFINITY))
}

/**
 * @param {Row} row
 * @returns {Row}
 */
function unknown(row) {
  return { ...row, state: 'unknown' }
}

/**
 * @param {boolean} hasData
 * @param {Pick<Row, 'failure' | 'meta'>} known
 * @returns {State}
 */
function stateOf(hasData, { failure, meta }) {
  if (failure?.items !== undefined) return hasData ? 'incomplete' : 'failed'
  if (failure !== null) return failure.servedFrom === null ? 'failed' : 'substituted'
  if (meta?.from === 'skipped') return 'skipped'
  return hasData ? 'data' : 'empty'
}

/**
 * @param {SourceMeta | null} meta
 * @param {number} atMs
 */
function endOf(meta, atMs) {
  return meta === null ? atMs : meta.startedAtMs + meta.durationMs
}

/**
 * The answer as the service would have sent it whole, as far as it has arrived.
 *
 * @param {Run} run
 * @returns {Run}
 */
function withText(run) {
  const members = run.keys.flatMap((key) => {
    const text = run.data.get(key)
    return text === undefined ? [] : [`${JSON.stringify(key)}:${text}`]
  })
  const failedSources = run.end?.failedSources ?? run.rows.flatMap(({ failure }) => failure ?? [])
  const rest = run.end === null ? { failedSources } : { failedSources, partial: run.end.partial, meta: run.end.meta }
  return { ...run, text: `{"data":{${members.join(',')}},${JSON.stringify(rest).slice(1)}` }
}
