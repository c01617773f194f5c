/** Shows a run: its summary, the waterfall, what failed, the JSON, and the curl line. */

/** @import { Failure, Run } from './run.js' */
import { el, sign } from './dom.js'
import { pretty } from './json-text.js'
import { makeWaterfall } from './waterfall.js'
import { bytes, summaryOf } from './words.js'

/** The most characters of JSON that are rendered. The button copies all. */
const MOST_RENDERED = 100_000

/**
 * @typedef {object} AnswerView
 * @property {(curl: string) => void} showCurl
 * @property {(run: Run, nowMs: number) => void} show After something has arrived.
 * @property {(run: Run, nowMs: number) => void} tick While it runs.
 */

/**
 * @param {HTMLElement} place
 * @param {(text: string) => void} say
 * @returns {AnswerView}
 */
export function makeAnswer(place, say) {
  const curl = el('code', {})
  const summary = el('div', { class: 'summary quiet', id: 'summary' })
  const failures = el('div', { class: 'failures' })
  const json = el('pre', { tabindex: 0, role: 'region', 'aria-label': 'JSON of the answer' })
  const cut = el('p', { class: 'hint', hidden: true })
  const waterfall = makeWaterfall()
  let text = ''
  const data = el(
    'div',
    { class: 'json', hidden: true },
    titled(
      'JSON',
      copyButton('Copy JSON', () => text, say),
    ),
    json,
    cut,
  )
  waterfall.element.hidden = true
  summary.append(
    el('p', { class: 'title' }, 'Nothing asked yet'),
    el('p', {}, 'Run draws one bar for each source, in order of arrival.'),
  )
  place.append(
    el(
      'div',
      { class: 'request' },
      titled(
        'Request',
        copyButton('Copy curl', () => curl.textContent ?? '', say),
      ),
      el('pre', { tabindex: 0, role: 'region', 'aria-label': 'The curl line' }, curl),
    ),
    summary,
    waterfall.element,
    failures,
    data,
  )
  return {
    showCurl: (line) => curl.replaceChildren(line),
    tick: (run, nowMs) => waterfall.draw(run, nowMs),
    show: (run, nowMs) => {
      text = run.text
      // what was refused has asked no source
      waterfall.element.hidden = run.problem !== null && run.problem.failedSources === undefined
      waterfall.draw(run, nowMs)
      summary.replaceChildren(...summaryParts(run))
      summary.className = `summary ${summaryOf(run).tone}`
      failures.replaceChildren(...failureParts(run))
      data.hidden = text === ''
      render(json, cut, text)
    },
  }
}

/**
 * @param {string} text
 * @param {HTMLElement} button
 */
function titled(text, button) {
  return el('div', { class: 'titled' }, el('h3', {}, text), button)
}

/**
 * @param {string} label
 * @param {() => string} text
 * @param {(text: string) => void} say
 */
function copyButton(label, text, say) {
  const button = el('button', { type: 'button', class: 'plain' }, label)
  button.addEventListener('click', async () => {
    // clipboards are for pages from localhost or https only
    const copied = await Promise.resolve(navigator.clipboard?.writeText(text())).then(
      () => navigator.clipboard !== undefined,
      () => false,
    )
    button.textContent = copied ? 'Copied' : 'Cannot copy'
    say(copied ? 'Copied.' : 'The browser does not let this page copy.')
    setTimeout(() => {
      button.textContent = label
    }, 1500)
  })
  return button
}

const SIGNS = { running: 'pending', good: 'data', mixed: 'incomplete', bad: 'failed', quiet: 'unknown' }

/** @param {Run} run */
function summaryParts(run) {
  const { tone, title, text } = summaryOf(run)
  const { problem, end, retryAfter } = run
  const id = problem?.requestId ?? end?.meta.requestId
  const errors = problem?.errors ?? []
  const kind = problem?.type?.replace(/^urn:tributary:problem:/, '')
  return [
    el('p', { class: 'title' }, el('span', { class: 'chip' }, sign(SIGNS[tone])), ' ', title),
    // of a request that is not valid, the text is the errors one after the other
    text !== '' && errors.length === 0 && el('p', {}, text),
    errors.length > 0 &&
      el('ul', {}, ...errors.map(({ path, message }) => el('li', {}, el('code', {}, path), ` ${message}`))),
    retryAfter !== null && el('p', {}, `It may be asked again in ${retryAfter} s.`),
    kind !== undefined && el('p', {}, el('a', { href: `docs/problems#${kind}` }, `About the problem ${kind}`)),
    id !== undefined && el('p', { class: 'hint' }, 'Request id ', el('code', {}, id)),
  ].filter((part) => part !== false)
}

/** @param {Run} run */
function failureParts({ end, problem, rows }) {
  const failures = end?.failedSources ?? problem?.failedSources ?? rows.flatMap(({ failure }) => failure ?? [])
  if (failures.length === 0) return []
  return [el('h3', {}, 'Failed sources'), el('ul', {}, ...failures.map(failureItem))]
}

/** @param {Failure} failure */
function failureItem({ id, code, message, required, retryable, retryAfterMs, servedFrom }) {
  const sentences = [
    `${message.replace(/[.\s]*$/, '')}.`,
    servedFrom === null
      ? ''
      : `Its data is from ${servedFrom === 'stale' ? 'the cache, and stale' : `the ${servedFrom}`}.`,
    required ? 'It is required.' : '',
    retryable
      ? `Asking again may help${retryAfterMs === null ? '' : `, in ${Math.ceil(retryAfterMs / 1000)} s`}.`
      : 'Asking again would not help.',
  ]
  return el(
    'li',
    { class: servedFrom === null ? 'failed' : 'substituted' },
    el('span', { class: 'chip' }, sign(servedFrom === null ? 'failed' : 'substituted')),
    el(
      'span',
      {},
      el('span', { class: 'name' }, id),
      ' ',
      el('code', {}, code),
      el('span', { class: 'said' }, sentences.filter((one) => one !== '').join(' ')),
    ),
  )
}

/**
 * @param {HTMLElement} pre
 * @param {HTMLElement} cut
 * @param {string} text
 */
function render(pre, cut, text) {
  const { pieces, isCut } = pretty(text, MOST_RENDERED)
  pre.replaceChildren(
    ...pieces.map(({ kind, text: piece }) => (kind === 'mark' ? piece : el('span', { class: kind }, piece))),
  )
  cut.hidden = !isCut
  cut.textContent = isCut
    ? `The first ${bytes(MOST_RENDERED)} of ${bytes(text.length)} are shown; Copy JSON copies all.`
    : ''
}
