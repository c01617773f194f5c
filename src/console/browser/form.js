/** The form: what to ask. It is made anew for each endpoint. */

/**
 * @import { Offer, OfferedEndpoint } from '../offered.ts'
 * @import { Choice, Credential } from './request.js'
 */
import { credentialsField } from './credentials.js'
import { el } from './dom.js'
import { parametersField } from './parameters.js'
import { canPick, endpointOf, startOf } from './request.js'
import { settingsField } from './settings.js'
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
  const routes = el('select', { id: 'route' }, ...offer.endpoints.map(optionOf))
  const about = el('p', { class: 'hint', id: 'route-hint' })
  routes.setAttribute('aria-describedby', about.id)
  const parts = el('div', { class: 'parts' })
  const run = el('button', { type: 'submit', class: 'primary' }, 'Run')
  const stop = el('button', { type: 'button', class: 'secondary', click: cancel, hidden: true }, 'Cancel')
  const route = el('div', { class: 'field' }, el('label', { for: routes.id }, 'Route'), routes, about)
  form.append(route, parts, el('div', { class: 'buttons' }, run, stop))
  const chosen = () => endpointOf(offer, routes.value) ?? first(offer)
  let shown = fill(offer, first(offer), null, {})
  const show = (/** @type {Filling} */ next) => {
    shown = next
    routes.value = shown.endpoint.view ?? ''
    about.textContent = aboutOf(shown.endpoint)
    parts.replaceChildren(...shown.fields)
    shown.refresh()
  }
  show(shown)
  routes.addEventListener('change', () => show(fill(offer, chosen(), null, shown.known())))
  form.addEventListener('input', () => {
    shown.refresh()
    changed()
  })
  form.addEventListener('change', changed)
  return {
    read: () => ({ endpoint: shown.endpoint, ...shown.read() }),
    write: (choice) => show(fill(offer, endpointOf(offer, choice.view) ?? chosen(), choice, shown.known())),
    setRunning: (isRunning) => {
      stop.hidden = !isRunning
      run.textContent = isRunning ? 'Run again' : 'Run'
    },
    showErrors: (errors) => showErrors(form, errors),
  }
}

/**
 * @param {Offer} offer
 * @returns {OfferedEndpoint}
 */
function first({ endpoints: [endpoint] }) {
  if (endpoint === undefined) throw new Error('there is nothing to ask')
  return endpoint
}

/** @typedef {ReturnType<typeof fill>} Filling */

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
  const read = () => ({
    choice: {
      view: endpoint.view,
      picked: sources.picked(),
      values: parameters.values(),
      endings: sources.endings(),
      ...settings.read(),
    },
    credentials: credentials.credentials(),
  })
  return {
    endpoint,
    fields: [credentials.field, sources.field, parameters.field, settings.field],
    refresh: () => parameters.show(sources.picked()),
    read,
    /** The credentials by header, to keep them when another route is chosen. */
    known: () => Object.fromEntries(read().credentials.map(({ header, value }) => [header, value])),
  }
}

/** @param {OfferedEndpoint} endpoint */
function optionOf({ view, method, path }) {
  return el('option', { value: view ?? '' }, `${method} /${path}${view === null ? ' (all sources)' : ''}`)
}

/** @param {OfferedEndpoint} endpoint */
function aboutOf(endpoint) {
  const { description, streams, deadlineMs } = endpoint
  const sentences = [
    ...(description === null ? [] : [`${description.replace(/[.\s]*$/, '')}.`]),
    `The deadline is ${ms(deadlineMs)}.`,
    ...(canPick(endpoint) ? [] : ['Each run may change something.']),
    ...(streams || !canPick(endpoint) ? [] : ['It has a shape, so its answer comes as a whole.']),
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
    const messages = errors.filter(({ path }) => path === name).map(({ message }) => message)
    const place = document.getElementById(`error-${name}`)
    input.toggleAttribute('aria-invalid', messages.length > 0)
    if (messages.length > 0) input.setAttribute('aria-invalid', 'true')
    if (place === null) continue
    place.textContent = messages.join(' ')
    place.hidden = messages.length === 0
  }
}
