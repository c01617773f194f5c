/** The part of the form that picks sources, and with `server.simulate` how each ends. */

/**
 * @import { Offer, OfferedEndpoint, OfferedEntry } from '../offered.ts'
 * @import { Choice } from './request.js'
 */
import { el } from './dom.js'
import { own } from './own.js'
import { canPick } from './request.js'

/**
 * @param {Offer} offer
 * @param {OfferedEndpoint} endpoint
 * @param {Choice} choice
 */
export function sourcesField(offer, endpoint, choice) {
  const rows = endpoint.entries.map((entry) => rowOf(offer, entry, choice, canPick(endpoint)))
  const boxes = rows.map(({ box }) => box)
  const all = el('button', { type: 'button', class: 'plain', click: () => setAll(boxes, true) }, 'All')
  const none = el('button', { type: 'button', class: 'plain', click: () => setAll(boxes, false) }, 'None')
  const field = el(
    'fieldset',
    { class: 'sources', id: 'field-sources' },
    el('legend', {}, 'Sources'),
    boxes.length > 2 && canPick(endpoint) && el('div', { class: 'legend-tools' }, all, none),
    el('ul', {}, ...rows.map(({ item }) => item)),
  )
  return {
    field,
    picked: () => boxes.filter((box) => box.checked).map((box) => box.value),
    endings: () => endingsOf(rows),
  }
}

/**
 * @param {Offer} offer
 * @param {OfferedEntry} entry
 * @param {Choice} choice
 * @param {boolean} isOptional
 */
function rowOf({ endings }, { key, source, description, required }, choice, isOptional) {
  const box = el('input', { type: 'checkbox', value: key, checked: choice.picked.includes(key), disabled: !isOptional })
  const about = [source === key ? '' : `source ${source}`, description ?? ''].filter((text) => text !== '').join(' · ')
  const ending = endings.length === 0 ? null : endingField(key, endings, own(choice.endings, key) ?? '')
  const hint = about === '' ? null : el('p', { class: 'hint', id: `source-hint-${key}` }, about)
  if (hint !== null) box.setAttribute('aria-describedby', hint.id)
  const name = [el('span', { class: 'name' }, key), required && el('span', { class: 'badge' }, 'required')]
  const item = el('li', {}, el('label', { class: 'check' }, box, el('span', {}, ...name)), ending, hint)
  return { box, item, key, ending }
}

/**
 * @param {string} key
 * @param {readonly string[]} endings
 * @param {string} chosen
 */
function endingField(key, endings, chosen) {
  const option = (/** @type {string} */ value) => el('option', { value, selected: value === chosen }, value)
  const of = (/** @type {RegExp} */ form) => endings.filter((one) => form.test(one)).map(option)
  return el(
    'select',
    { class: 'ending', 'aria-label': `How ${key} ends`, 'data-key': key },
    el('option', { value: '' }, 'ends as it does'),
    el('optgroup', { label: 'Forced to be' }, ...of(/^empty$/)),
    el('optgroup', { label: 'Forced to take longer' }, ...of(/^delay=/)),
    el('optgroup', { label: 'Forced to fail with a status' }, ...of(/^upstream_status=/)),
    el('optgroup', { label: 'Forced to fail' }, ...of(/^(?!empty$)[a-z_]+$/)),
  )
}

/** @param {readonly { key: string, ending: HTMLSelectElement | null }[]} rows */
function endingsOf(rows) {
  return Object.fromEntries(rows.flatMap(({ key, ending }) => (ending?.value ? [[key, ending.value]] : [])))
}

/**
 * @param {readonly HTMLInputElement[]} boxes
 * @param {boolean} checked
 */
function setAll(boxes, checked) {
  for (const box of boxes) box.checked = checked
  boxes[0]?.dispatchEvent(new Event('input', { bubbles: true }))
}
