/** What is asked: from the form to a request, and to the fragment of the page's address and back. */

/**
 * @import { Offer, OfferedEndpoint, OfferedParameter } from '../offered.ts'
 */
import { own } from './own.js'

/**
 * What the form holds, without credentials.
 *
 * @typedef {object} Choice
 * @property {string | null} view Of the endpoint.
 * @property {readonly string[]} picked Keys, in the order of `data`.
 * @property {Readonly<Record<string, readonly string[]>>} values By the name of the parameter; without those left empty.
 * @property {string} body JSON, for a method that takes a body; empty for none.
 * @property {string} deadlineMs Empty for none.
 * @property {boolean} strict
 * @property {boolean} explain
 * @property {Readonly<Record<string, string>>} endings How calls are made to end, by key.
 */

/**
 * @typedef {object} Credential
 * @property {string} header
 * @property {string} prefix What stands before it in the header.
 * @property {string} value
 * @property {string} variable What the curl line has in its place.
 */

/**
 * A request that can be sent.
 *
 * @typedef {object} Asked
 * @property {string} method
 * @property {string} url Absolute.
 * @property {string} accept
 * @property {readonly Credential[]} credentials
 * @property {string} body JSON; empty for none.
 */

/**
 * What is chosen at first.
 *
 * @param {Offer} offer
 * @param {OfferedEndpoint} endpoint
 * @returns {Choice}
 */
export function startOf(offer, endpoint) {
  const picked = endpoint.entries.map(({ key }) => key)
  return {
    view: endpoint.view,
    body: '',
    picked,
    values: {},
    deadlineMs: '',
    strict: false,
    explain: offer.explain,
    endings: {},
  }
}

/**
 * Whether sources can be picked: a method that may change something asks all of its view, and takes a body.
 *
 * @param {OfferedEndpoint} endpoint
 */
export function canPick({ method }) {
  return method === 'GET'
}

/**
 * The parameters that are segments of the path. They are needed whatever is picked.
 *
 * @param {OfferedEndpoint} endpoint
 */
export function inPath({ path }) {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}

/**
 * The parameters that may be sent when these keys are picked. Any other is a 400.
 *
 * @param {OfferedEndpoint} endpoint
 * @param {readonly string[]} picked
 * @returns {OfferedParameter[]}
 */
export function parametersFor(endpoint, picked) {
  const always = inPath(endpoint)
  return endpoint.parameters.filter(
    ({ name, takenBy }) => always.includes(name) || takenBy.some((key) => picked.includes(key)),
  )
}

/**
 * The target of the request, relative to the page: `aggregate/home?q=London`.
 *
 * @param {OfferedEndpoint} endpoint
 * @param {Choice} choice
 */
export function targetOf(endpoint, choice) {
  const { values } = choice
  const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent((own(values, name)?.[0] ?? '').toWellFormed()),
  )
  const query = queryOf(endpoint, choice, inPath(endpoint))
  return query === '' ? path : `${path}?${query}`
}

/**
 * The parameters in the path whose values no browser sends: it takes `.` and `..` as steps to another path.
 *
 * @param {OfferedEndpoint} endpoint
 * @param {Choice} choice
 */
export function stepsIn(endpoint, { values }) {
  return inPath(endpoint).filter((name) => /^\.\.?$/.test(own(values, name)?.[0] ?? ''))
}

/**
 * The query, without the parameters that stand elsewhere.
 *
 * @param {OfferedEndpoint} endpoint
 * @param {Choice} choice
 * @param {readonly string[]} elsewhere
 */
function queryOf(endpoint, choice, elsewhere) {
  const { picked, values, deadlineMs, strict, explain, endings } = choice
  const names = parametersFor(endpoint, picked).flatMap(({ name }) => (elsewhere.includes(name) ? [] : [name]))
  /** @type {[string, string][]} */
  const pairs = [
    ...(picked.length === endpoint.entries.length ? [] : [pair('sources', picked.join(','))]),
    ...names.flatMap((name) => (own(values, name) ?? []).map((value) => pair(name, value))),
    ...(deadlineMs === '' ? [] : [pair('deadlineMs', deadlineMs)]),
    ...(strict ? [pair('strict', 'true')] : []),
    ...(explain ? [pair('explain', 'true')] : []),
    ...picked.flatMap((key) => {
      const ending = own(endings, key)
      return ending ? [pair('simulate', `${key}:${ending}`)] : []
    }),
  ]
  return pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&')
}

/**
 * @param {string} name
 * @param {string} value
 * @returns {[string, string]}
 */
function pair(name, value) {
  return [name, value]
}

/**
 * Percent-encoded. Commas, colons and equals signs stay, so that `simulate=news:empty` can be read.
 *
 * @param {string} text
 */
function encoded(text) {
  return encodeURIComponent(text.toWellFormed()).replaceAll(/%(?:2C|3A|3D)/g, decodeURIComponent)
}

/**
 * The request. `credentials` are those that were entered.
 *
 * @param {OfferedEndpoint} endpoint
 * @param {Choice} choice
 * @param {readonly Credential[]} credentials
 * @param {string} base The address of the page.
 * @returns {Asked}
 */
export function requestOf(endpoint, choice, credentials, base) {
  const url = new URL(`./${targetOf(endpoint, choice)}`, base).href
  const accept = endpoint.streams ? 'application/x-ndjson' : 'application/json'
  return { method: endpoint.method, url, accept, credentials, body: canPick(endpoint) ? '' : choice.body }
}

/**
 * The fragment of the page's address, which brings the choice back: `#home?q=London`. It holds no credentials and no
 * body, because those may be secret.
 *
 * @param {OfferedEndpoint} endpoint
 * @param {Choice} choice
 */
export function fragmentOf(endpoint, choice) {
  return `#${endpoint.view ?? ''}?${queryOf(endpoint, choice, [])}`
}

/**
 * The choice of a fragment. What the offer does not have is left out; null if that is the endpoint.
 *
 * @param {Offer} offer
 * @param {string} fragment
 * @returns {Choice | null}
 */
export function choiceOf(offer, fragment) {
  const [, view = '', query = null] = /^#(\w*)\?(.*)$/s.exec(fragment) ?? []
  const endpoint = query === null ? undefined : endpointOf(offer, view)
  if (endpoint === undefined) return null
  const asked = new URLSearchParams(query ?? '')
  const keys = endpoint.entries.map(({ key }) => key)
  const named = canPick(endpoint) ? (asked.get('sources')?.split(',') ?? keys) : keys
  return {
    view: endpoint.view,
    picked: keys.filter((key) => named.includes(key)),
    values: Object.fromEntries(
      endpoint.parameters.map(({ name }) => [name, asked.getAll(name)]).filter(([, values]) => values?.length),
    ),
    body: '',
    deadlineMs: asked.get('deadlineMs') ?? '',
    strict: asked.get('strict') === 'true',
    explain: offer.explain && asked.get('explain') === 'true',
    endings: endingsOf(offer, asked.getAll('simulate')),
  }
}

/**
 * @param {Offer} offer
 * @param {string | null} view Empty or null for all sources.
 */
export function endpointOf({ endpoints }, view) {
  return endpoints.find((one) => (one.view ?? '') === (view ?? ''))
}

/**
 * @param {Offer} offer
 * @param {readonly string[]} simulated
 */
function endingsOf({ endings }, simulated) {
  const pairs = simulated.map((text) => text.split(/:(.*)/s))
  return Object.fromEntries(pairs.filter(([, ending]) => ending !== undefined && endings.includes(ending)))
}
