/** Draws the waterfall: an ordered list of sources, in order of arrival, each with its bar. */

/** @import { Row, Run } from './run.js' */
import { el, sign } from './dom.js'
import { layoutOf } from './layout.js'
import { detailsIn, ms, stateIn } from './words.js'

/**
 * What is drawn of one source.
 *
 * @typedef {object} Drawn
 * @property {HTMLLIElement} item
 * @property {HTMLElement} wait
 * @property {HTMLElement} bar
 * @property {HTMLElement} time
 * @property {Row} row What the item says.
 */

/**
 * @typedef {object} Waterfall
 * @property {HTMLElement} element
 * @property {(run: Run, nowMs: number) => void} draw Draws a run, `nowMs` after it was sent.
 */

/** @returns {Waterfall} */
export function makeWaterfall() {
  const ticks = el('div', { class: 'ticks' })
  const deadline = el('div', { class: 'deadline' }, el('span', {}))
  const axis = el('div', { class: 'axis', 'aria-hidden': 'true' }, el('div', { class: 'track' }, ticks, deadline))
  const list = el('ol', { 'aria-label': 'Sources, in order of arrival' })
  const element = el('div', { class: 'waterfall' }, axis, list)
  /** @type {Map<string, Drawn>} */
  const drawn = new Map()
  return {
    element,
    draw: (run, nowMs) => {
      const items = run.rows.map((row) => itemFor(drawn, row))
      for (const id of [...drawn.keys()].filter((key) => !run.rows.some((row) => row.id === key))) drawn.delete(id)
      // only when the order has changed: moving elements takes the reader's place away
      if (items.some(({ item }, index) => list.children[index] !== item) || list.children.length !== items.length)
        list.replaceChildren(...items.map(({ item }) => item))
      place(run, nowMs, items, ticks, deadline)
    },
  }
}

/**
 * @param {Map<string, Drawn>} drawn
 * @param {Row} row
 */
function itemFor(drawn, row) {
  const known = drawn.get(row.id)
  if (known?.row === row) return known
  const made = itemOf(row)
  drawn.set(row.id, made)
  return made
}

/**
 * @param {Row} row
 * @returns {Drawn}
 */
function itemOf(row) {
  const wait = el('div', { class: 'wait' })
  const bar = el('div', { class: 'bar' })
  const time = el('span', { class: 'time' })
  const name = row.source === row.id ? row.id : `${row.id} (${row.source})`
  const item = el(
    'li',
    { class: `row ${row.state}`, 'data-id': row.id, 'data-state': row.state },
    el('span', { class: 'chip' }, sign(row.state === 'answered' ? 'data' : row.state)),
    el(
      'span',
      { class: 'what' },
      el('span', { class: 'name', title: name }, row.id),
      ' ',
      el('span', { class: 'state' }, [stateIn(row), ...detailsIn(row)].join(' · ')),
    ),
    el('div', { class: 'track', 'aria-hidden': 'true' }, wait, bar),
    time,
  )
  return { item, wait, bar, time, row }
}

/**
 * @param {Run} run
 * @param {number} nowMs
 * @param {readonly Drawn[]} items
 * @param {HTMLElement} ticks
 * @param {HTMLElement} deadline
 */
function place(run, nowMs, items, ticks, deadline) {
  const bars = run.rows.map(({ meta, endMs }) => ({ startMs: meta?.startedAtMs ?? 0, endMs }))
  const layout = layoutOf(bars, nowMs, run.deadlineMs)
  for (const [index, { wait, bar, time, row }] of items.entries()) {
    const { from = 0, to = 0 } = layout.bars[index] ?? {}
    span(wait, 0, from)
    wait.hidden = from < 0.01
    span(bar, from, to)
    const text = row.state === 'unknown' ? '–' : ms(row.endMs ?? nowMs)
    if (time.textContent !== text) time.textContent = text
  }
  const scale = `${layout.scaleMs} ${run.deadlineMs}`
  if (ticks.dataset.scale !== scale) {
    ticks.dataset.scale = scale
    ticks.replaceChildren(...layout.ticks.map(({ ms: value, at, hasRoom }) => tickAt(hasRoom ? ms(value) : '', at)))
  }
  const { at, isBeyond } = layout.deadline
  deadline.style.setProperty('--from', `${at * 100}%`)
  deadline.classList.toggle('beyond', isBeyond)
  deadline.classList.toggle('left', at > 0.5)
  deadline.firstElementChild?.replaceChildren(`deadline ${ms(run.deadlineMs)}${isBeyond ? ' →' : ''}`)
}

/**
 * @param {HTMLElement} element
 * @param {number} from
 * @param {number} to
 */
function span(element, from, to) {
  element.style.setProperty('--from', `${from * 100}%`)
  element.style.setProperty('--size', `${Math.max(0, to - from) * 100}%`)
}

/**
 * @param {string} text
 * @param {number} at
 */
function tickAt(text, at) {
  const tick = el('span', {}, text)
  tick.style.setProperty('--from', `${at * 100}%`)
  return tick
}
