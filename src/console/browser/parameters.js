/** The part of the form with the declared parameters. */

/**
 * @import { OfferedEndpoint, OfferedParameter } from '../offered.ts'
 * @import { Choice } from './request.js'
 */
import { el, withCode } from './dom.js'
import { own } from './own.js'
import { inPath, parametersFor } from './request.js'

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Input */

/**
 * A field for each parameter. Those that no picked source takes are hidden by `show`: to send them is a 400.
 *
 * @param {OfferedEndpoint} endpoint
 * @param {Choice} choice
 */
export function parametersField(endpoint, choice) {
  const rows = endpoint.parameters.map((parameter) => rowOf(parameter, own(choice.values, parameter.name) ?? []))
  const common = rows.filter(({ parameter }) => !parameter.isForOne)
  const forOne = rows.filter(({ parameter }) => parameter.isForOne)
  const more = el(
    'details',
    { open: forOne.some(({ input }) => input.value !== '') },
    el('summary', {}, 'For one source only'),
    ...forOne.map(({ row }) => row),
  )
  const field = el(
    'fieldset',
    {},
    el('legend', {}, 'Parameters'),
    ...common.map(({ row }) => row),
    forOne.length > 0 && more,
  )
  return {
    field,
    values: () => valuesOf(rows),
    show: (/** @type {readonly string[]} */ picked) => show(endpoint, picked, field, more, rows),
  }
}

/**
 * @param {OfferedParameter} parameter
 * @param {readonly string[]} values
 */
function rowOf(parameter, values) {
  const { name, description } = parameter
  const input = inputFor(parameter, values)
  const required = el('span', { class: 'badge', hidden: true }, 'required')
  const row = el(
    'div',
    { class: 'field' },
    el(
      'label',
      { for: input.id },
      el('span', { class: 'name' }, name),
      required,
      el('span', { class: 'type' }, typeOf(parameter)),
    ),
    input,
    el('p', { class: 'hint', id: `hint-${name}` }, ...withCode(description)),
    el('p', { class: 'error', id: `error-${name}`, hidden: true }),
  )
  return { parameter, input, required, row }
}

/**
 * @param {OfferedParameter} parameter
 * @param {readonly string[]} values
 * @returns {Input}
 */
function inputFor({ name, types, values: valid, default: fallback }, values) {
  const common = {
    id: `parameter-${name}`,
    'data-parameter': name,
    'aria-describedby': `hint-${name} error-${name}`,
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
  }
  const placeholder = fallback ?? ''
  if (types.includes('array')) {
    const area = el('textarea', { ...common, rows: 3, placeholder: placeholder || 'one a line' })
    area.value = values.join('\n')
    return area
  }
  const choices = valid ?? (types.length === 1 && types[0] === 'boolean' ? ['true', 'false'] : null)
  if (choices !== null) return selectFor(common, choices, fallback, values[0] ?? '')
  const isNumber = types.length > 0 && types.every((type) => type === 'integer' || type === 'number')
  const input = el('input', { ...common, type: 'text', inputmode: isNumber ? 'decimal' : 'text', placeholder })
  input.value = values[0] ?? ''
  return input
}

/**
 * @param {Readonly<Record<string, string>>} attributes
 * @param {readonly string[]} choices
 * @param {string | null} fallback
 * @param {string} chosen
 */
function selectFor(attributes, choices, fallback, chosen) {
  const none = fallback === null ? 'not sent' : `${fallback} (the default)`
  const options = choices.map((value) => el('option', { value }, value))
  const select = el('select', attributes, el('option', { value: '' }, none), ...options)
  // a value of a link that is not among them: not chosen
  select.value = choices.includes(chosen) ? chosen : ''
  return select
}

/** @param {OfferedParameter} parameter */
function typeOf({ types }) {
  return types.length === 0 ? 'any' : types.join(' or ').replace('array', 'list, one a line')
}

/** @param {readonly { parameter: OfferedParameter, input: Input }[]} rows */
function valuesOf(rows) {
  const given = rows.map(({ parameter, input }) => {
    const texts = parameter.types.includes('array') ? input.value.split('\n') : [input.value]
    return [parameter.name, texts.filter((text) => text !== '')]
  })
  return Object.fromEntries(given.filter(([, texts]) => texts?.length))
}

/**
 * @param {OfferedEndpoint} endpoint
 * @param {readonly string[]} picked
 * @param {HTMLElement} field
 * @param {HTMLElement} more
 * @param {readonly { parameter: OfferedParameter, required: HTMLElement, input: Input, row: HTMLElement }[]} rows
 */
function show(endpoint, picked, field, more, rows) {
  const shown = parametersFor(endpoint, picked)
  const always = inPath(endpoint)
  for (const { parameter, required, input, row } of rows) {
    const isNeeded = always.includes(parameter.name) || parameter.neededBy.some((key) => picked.includes(key))
    row.hidden = !shown.includes(parameter)
    required.hidden = !isNeeded
    input.setAttribute('aria-required', String(isNeeded))
  }
  field.hidden = shown.length === 0
  more.hidden = !shown.some(({ isForOne }) => isForOne)
}
