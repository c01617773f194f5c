/** What happened, in words: for the page, and for screen readers. */

/** @import { Row, Run, State } from './run.js' */

/** @type {Readonly<Record<State, string>>} */
const STATES = {
  pending: 'running',
  data: 'data',
  empty: 'empty',
  answered: 'answered',
  skipped: 'skipped',
  substituted: 'substituted',
  incomplete: 'incomplete',
  failed: 'failed',
  unknown: 'not known',
}

/**
 * How a source ended, such as `failed: http_response_timeout`.
 *
 * @param {Row} row
 */
export function stateIn({ state, failure }) {
  if (state === 'substituted') return `${failure?.servedFrom} data after ${failure?.code}`
  return failure === null ? STATES[state] : `${STATES[state]}: ${failure.code}`
}

/** Planning takes a little time, too. */
const WORTH_TELLING_MS = 5

/**
 * What else is known of it, such as `2 attempts`, `waited 40 ms`.
 *
 * @param {Row} row
 * @returns {string[]}
 */
export function detailsIn({ state, failure, meta, ending }) {
  const attempts = meta?.attempts ?? failure?.attempts ?? 0
  return [
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    ...(meta?.hedged ? ['hedged'] : []),
    ...(failure?.upstreamStatus ? [`status ${failure.upstreamStatus}`] : []),
    ...(failure?.items === undefined ? [] : [`${count(failure.items.length, 'item')} missing`]),
    ...(failure?.cause === undefined ? [] : [`because of ${failure.cause.source}`]),
    ...(meta !== null && meta.startedAtMs >= WORTH_TELLING_MS ? [`waited ${ms(meta.startedAtMs)}`] : []),
    ...(meta?.from === 'cache' ? [`from the cache, ${ms(meta.ageMs)} old`] : []),
    ...((state === 'data' || state === 'answered') && meta !== null && meta.bytes > 0 ? [bytes(meta.bytes)] : []),
    ...(ending === null ? [] : [ending.startsWith('delay=') ? `forced: ${ending}` : 'forced']),
  ]
}

/**
 * A sentence about a source that has settled.
 *
 * @param {Row} row
 */
export function sentenceFor(row) {
  const time = row.endMs === null ? '' : ` after ${ms(row.endMs)}`
  return `${[`${row.id}: ${stateIn(row)}${time}`, ...detailsIn(row)].join(', ')}.`
}

/**
 * The run in a few words.
 *
 * @param {Run} run
 * @returns {{ tone: 'running' | 'good' | 'mixed' | 'bad' | 'quiet', title: string, text: string }}
 */
export function summaryOf(run) {
  const { phase, rows, problem, fault } = run
  const arrived = rows.filter(({ state }) => state !== 'pending').length
  if (phase === 'running')
    return { tone: 'running', title: 'Running', text: `${arrived} of ${count(rows.length, 'source')} settled.` }
  if (phase === 'cancelled') return { tone: 'quiet', title: 'Cancelled', text: `${arrivedIn(rows)} before that.` }
  if (phase === 'broken') return { tone: 'bad', title: 'No answer', text: `${fault}.` }
  if (problem !== null)
    return { tone: 'bad', title: `${problem.status} ${problem.title ?? ''}`.trim(), text: problem.detail ?? '' }
  return doneSummary(run)
}

/** @param {Run} run */
function doneSummary({ end, rows, deadlineMs }) {
  const { status = 200, partial = false, meta } = end ?? {}
  const time = `${ms(meta?.durationMs ?? 0)} of ${ms(deadlineMs)}.`
  const failed = rows.filter(({ state }) => state === 'failed' || state === 'incomplete').length
  const substituted = rows.filter(({ state }) => state === 'substituted').length
  if (status >= 400) {
    const text = `Its sources failed: asked as a whole, the answer is a problem with status ${status}. ${time}`
    return { tone: /** @type {const} */ ('bad'), title: `${status} instead of data`, text }
  }
  const stale = substituted === 0 ? '' : ` ${count(substituted, 'source')} substituted.`
  if (partial)
    return {
      tone: /** @type {const} */ ('mixed'),
      title: `${status} partial`,
      text: `${failed} of ${count(rows.length, 'source')} failed.${stale} ${time}`,
    }
  const tone = substituted === 0 ? /** @type {const} */ ('good') : /** @type {const} */ ('mixed')
  return { tone, title: `${status} complete`, text: `${count(rows.length, 'source')} settled.${stale} ${time}` }
}

/** @param {readonly Row[]} rows */
function arrivedIn(rows) {
  const arrived = rows.filter(({ state }) => state !== 'pending' && state !== 'unknown').length
  return `${arrived} of ${count(rows.length, 'source')} settled`
}

/**
 * @param {number} number
 * @param {string} noun
 */
function count(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

const NUMBER = new Intl.NumberFormat('en')
const TENTHS = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

/**
 * A time, such as `42 ms` or `1.5 s`.
 *
 * @param {number} value In milliseconds.
 */
export function ms(value) {
  if (value >= 10_000) return `${TENTHS.format(value / 1000)} s`
  return `${value < 10 ? TENTHS.format(value) : NUMBER.format(Math.round(value))} ms`
}

/**
 * @param {number} value
 */
export function bytes(value) {
  if (value < 1024) return count(value, 'byte')
  return value < 1024 * 1024 ? `${TENTHS.format(value / 1024)} KiB` : `${TENTHS.format(value / 1024 / 1024)} MiB`
}
