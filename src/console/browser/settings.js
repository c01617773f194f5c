/** The part of the form that is the same for every route: the body, the deadline, strict and explain. */

/**
 * @import { Offer, OfferedEndpoint } from '../offered.ts'
 * @import { Choice } from './request.js'
 */
import { el } from './dom.js'
import { canPick } from './request.js'
import { ms } from './words.js'

/**
 * @param {Offer} offer
 * @param {OfferedEndpoint} endpoint
 * @param {Choice} choice
 */
export function settingsField(offer, endpoint, choice) {
  const body = bodyField(choice)
  const deadline = deadlineField(endpoint, choice)
  const strict = check('strict', 'Every source is required: if one fails, the answer fails.', choice.strict)
  const explain = check('explain', EXPLAIN, choice.explain)
  const field = el(
    'fieldset',
    {},
    el('legend', {}, 'Settings'),
    !canPick(endpoint) && body.row,
    deadline.row,
    strict.row,
    offer.explain && explain.row,
  )
  return {
    field,
    read: () => ({
      body: body.input.value.trim(),
      deadlineMs: deadline.input.value.trim(),
      strict: strict.input.checked,
      explain: offer.explain && explain.input.checked,
    }),
  }
}

const EXPLAIN = 'Adds how each source was asked; the waterfall shows waiting and retries by it.'

/** @param {Choice} choice */
function bodyField({ body }) {
  const input = el('textarea', { id: 'body', rows: 5, spellcheck: 'false', 'aria-describedby': 'hint-body' })
  input.value = body
  const hint = 'JSON. Its members are parameters too, unless a source forwards it: leave those empty above.'
  return { input, row: rowOf('body', 'JSON', input, hint) }
}

/**
 * @param {OfferedEndpoint} endpoint
 * @param {Choice} choice
 */
function deadlineField({ deadlineMs }, choice) {
  const input = el('input', {
    id: 'deadlineMs',
    type: 'text',
    inputmode: 'numeric',
    autocomplete: 'off',
    'data-parameter': 'deadlineMs',
    placeholder: deadlineMs,
    'aria-describedby': 'hint-deadlineMs error-deadlineMs',
  })
  input.value = choice.deadlineMs
  const row = rowOf('deadlineMs', 'integer', input, `Shortens the deadline, which is ${ms(deadlineMs)}.`)
  row.append(el('p', { class: 'error', id: 'error-deadlineMs', hidden: true }))
  return { input, row }
}

/**
 * @param {string} name Also the id of the input.
 * @param {string} type
 * @param {HTMLElement} input
 * @param {string} hint
 */
function rowOf(name, type, input, hint) {
  const label = el('label', { for: name }, el('span', { class: 'name' }, name), el('span', { class: 'type' }, type))
  return el('div', { class: 'field' }, label, input, el('p', { class: 'hint', id: `hint-${name}` }, hint))
}

/**
 * @param {string} name
 * @param {string} hint
 * @param {boolean} checked
 */
function check(name, hint, checked) {
  const input = el('input', { type: 'checkbox', checked })
  const text = el('span', {}, el('span', { class: 'name' }, name), el('span', { class: 'hint' }, hint))
  return { input, row: el('label', { class: 'check' }, input, text) }
}
