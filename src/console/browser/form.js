/** The form: what to ask. It is made anew for each endpoint. */

/**
 * @import { Offer, OfferedEndpoint } from '../offered.ts'
 * @import { Choice, Credential } from './request.js'
 */
import { credentialsField } from './credentials.js'
import { el } from './dom.js'
import { parametersField } from './parameters.js'
import { startOf } from './request.js'
import { sourcesField } from './sources.js'
import { ms } from './words.js'

/**
 * What the form holds.
 *
 * @typedef {object} Filled
 * @property {OfferedEndpoint} endpoint
 * @property {Choice} choice
 * @property {readonly Credential[]} credentials
 */

/**
 * @typedef {object} Form
 * @property {() => Filled} read
 * @property {(choice: Choice) => void} write
 * @property {(isRunning: boolean) => void} setRunning
 * @property {(errors: readonly { path: string, message: string }[]) => void} showErrors
 */

/**
 * Fills the form, and calls `changed` whenever something in it is.
 *
 * @param {HTMLElement} form
 * @param {Offer} offer
 * @param {{ changed: () => void, cancel: () => void }} tell
 * @returns {Form}
 */
export function makeForm(form, offer, { changed, cancel }) {
  const endpoints = el(
    'select',
    { id: 'endpoint' },
    ...offer.endpoints.map((one) => el('option', { value: one.path }, nameOf(one))),
  )
  const about = el('p', { class: 'hint', id: 'endpoint-hint' })
  endpoints.setAttribute('aria-describedby', about.id)
  const parts = el('div', { class: 'parts' })
  const run = el('button', { type: 'submit', class: 'primary' }, 'Run')
  const stop = el('button', { type: 'button', class: 'secondary', click: cancel, hidden: true }, 'Cancel')
  form.append(
    el('div', { class: 'field' }, el('label', { for: endpoints.id }, 'Route'), endpoints, about),
    parts,
    el('div', { class: 'buttons' }, run, stop),
  )
  let shown = fill(offer, /** @type {OfferedEndpoint} */ (offer.endpoints[0]), null, {})
  const show = (/** @type {OfferedEndpoint} */ endpoint, /** @type {Choice | null} */ choice) => {
    const known = Object.fromEntries(shown.read().credentials.map(({ header, value }) => [header, value]))
    shown = fill(offer, endpoint, choice, known)
    place()
  }
  const place = () => {
    endpoints.value = shown.endpoint.path
    about.replaceChildren(aboutOf(shown.endpoint))
    parts.replaceChildren(...shown.fields)
    shown.refresh()
  }
  const chosen = () => /** @type {OfferedEndpoint} */ (offer.endpoints.find(({ path }) => path === endpoints.value))
  place()
  endpoints.addEventListener('change', () => show(chosen(), null))
  form.addEventListener('input', () => {
    shown.refresh()
    changed()
  })
  form.addEventListener('change', changed)
  return {
    read: () => ({ endpoint: shown.endpoint, ...shown.read() }),
    write: (choice) => show(offer.endpoints.find(({ path }) => path === choice.path) ?? chosen(), choice),
    setRunning: (isRunning) => {
      stop.hidden = !isRunning
      run.textContent = isRunning ? 'Run again' : 'Run'
    },
    showErrors: (errors) => showErrors(form, errors),
  }
}

/**
 * @param {Offer} offer
 * @param {OfferedEndpoint} endpoint
 * @param {Choice | null} given
 * @param {Readonly<Record<string, string>>} known
 */
function fill(offer, endpoint, given, known) {
  const choice = given ?? startOf(offer, endpoint)
  const sources = sourcesField(offer, endpoint, choice)
  const parameters = parametersField(endpoint, choice)
  const settings = settingsField(offer, endpoint, choice)
  const credentials = credentialsField(offer, endpoint, known)
  return {
    endpoint,
    fields: [credentials.field, sources.field, parameters.field, settings.field],
    refresh: () => parameters.show(sources.picked()),
    read: () => ({
      choice: {
        path: endpoint.path,
        picked: sources.picked(),
        values: parameters.values(),
        endings: sources.endings(),
        ...settings.read(),
      },
      credentials: credentials.credentials(),
    }),
  }
}

/**
 * @param {Offer} offer
 * @param {OfferedEndpoint} endpoint
 * @param {Choice} choice
 */
function settingsField(offer, { deadlineMs }, choice) {
  const deadline = el('input', {
    id: 'deadlineMs',
    type: 'text',
    inputmode: 'numeric',
    autocomplete: 'off',
    'data-parameter': 'deadlineMs',
    placeholder: deadlineMs,
    'aria-describedby': 'hint-deadlineMs error-deadlineMs',
  })
  deadline.value = choice.deadlineMs
  const strict = el('input', { type: 'checkbox', checked: choice.strict })
  const explain = el('input', { type: 'checkbox', checked: choice.explain })
  const check = (/** @type {HTMLElement} */ box, /** @type {string} */ name, /** @type {string} */ hint) =>
    el(
      'label',
      { class: 'check' },
      box,
      el('span', {}, el('span', { class: 'name' }, name), el('span', { class: 'hint' }, hint)),
    )
  const field = el(
    'fieldset',
    {},
    el('legend', {}, 'Answer'),
    el(
      'div',
      { class: 'field' },
      el(
        'label',
        { for: deadline.id },
        el('span', { class: 'name' }, 'deadlineMs'),
        el('span', { class: 'type' }, 'integer'),
      ),
      deadline,
      el('p', { class: 'hint', id: 'hint-deadlineMs' }, `Shortens the deadline, which is ${ms(deadlineMs)}.`),
      el('p', { class: 'error', id: 'error-deadlineMs', hidden: true }),
    ),
    check(strict, 'strict', 'Every source is required: if one fails, the answer fails.'),
    offer.explain &&
      check(explain, 'explain', 'Adds how each source was asked; the waterfall shows waiting and retries by it.'),
  )
  return {
    field,
    read: () => ({
      deadlineMs: deadline.value.trim(),
      strict: strict.checked,
      explain: offer.explain && explain.checked,
    }),
  }
}

/** @param {OfferedEndpoint} endpoint */
function nameOf({ view, path }) {
  return view === null ? `GET /${path} (all sources)` : `GET /${path}`
}

/** @param {OfferedEndpoint} endpoint */
function aboutOf({ description, streams, deadlineMs }) {
  const sentences = [
    ...(description === null ? [] : [`${description.replace(/[.\s]*$/, '')}.`]),
    `The deadline is ${ms(deadlineMs)}.`,
    ...(streams ? [] : ['It has a shape, so its answer comes as a whole.']),
  ]
  return sentences.join(' ')
}

/**
 * Shows each error at its field. Those of no field are in the answer only.
 *
 * @param {HTMLElement} form
 * @param {readonly { path: string, message: string }[]} errors
 */
function showErrors(form, errors) {
  for (const input of form.querySelectorAll('[data-parameter]')) {
    const name = input.getAttribute('data-parameter') ?? ''
    const messages = errors
      .filter(({ path }) => path === name || path.startsWith(`${name}[`))
      .map(({ message }) => message)
    const place = document.getElementById(`error-${name}`)
    input.toggleAttribute('aria-invalid', messages.length > 0)
    if (messages.length > 0) input.setAttribute('aria-invalid', 'true')
    if (place === null) continue
    place.textContent = messages.join(' ')
    place.hidden = messages.length === 0
  }
}
