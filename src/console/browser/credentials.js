/** The part of the form with credentials. They stay in its fields: nothing stores them, or puts them into an address. */

/**
 * @import { Offer, OfferedEndpoint } from '../offered.ts'
 * @import { Credential } from './request.js'
 */
import { el } from './dom.js'
import { own } from './own.js'

/**
 * @typedef {Omit<Credential, 'value'> & { label: string, isSecret: boolean }} Place
 */

/**
 * @param {Offer} offer
 * @param {OfferedEndpoint} endpoint
 * @param {Readonly<Record<string, string>>} known The values that were entered before, by header.
 */
export function credentialsField(offer, endpoint, known) {
  const inputs = placesFor(offer, endpoint).map((place) => {
    const { header, isSecret } = place
    const id = `credential-${header}`
    const input = el('input', { id, type: isSecret ? 'password' : 'text', autocomplete: 'off', spellcheck: 'false' })
    input.value = own(known, header) ?? ''
    return { place, input, row: el('div', { class: 'field' }, el('label', { for: id }, place.label), input) }
  })
  const field = el(
    'fieldset',
    { hidden: inputs.length === 0 },
    el('legend', {}, offer.auth.apiKey || offer.auth.token ? 'Credentials' : 'Headers'),
    ...inputs.map(({ row }) => row),
    el('p', { class: 'hint' }, 'Kept in this page until it is closed, and nowhere else.'),
  )
  const credentials = () =>
    inputs.flatMap(({ place: { header, prefix, variable }, input: { value } }) =>
      value === '' ? [] : [{ header, prefix, variable, value }],
    )
  return { field, credentials }
}

/**
 * What lets in, then what sources get of the client's headers.
 *
 * @param {Offer} offer
 * @param {OfferedEndpoint} endpoint
 * @returns {Place[]}
 */
function placesFor({ auth }, { headers }) {
  const own = [
    ...(auth.apiKey
      ? [{ header: 'x-api-key', prefix: '', variable: 'API_KEY', label: 'API key', isSecret: true }]
      : []),
    ...(auth.token
      ? [{ header: 'authorization', prefix: 'Bearer ', variable: 'TOKEN', label: 'Bearer token', isSecret: true }]
      : []),
  ]
  const names = new Set(own.map(({ header }) => header))
  const forwarded = headers
    .filter((header) => !names.has(header))
    .map((header) => ({
      header,
      prefix: '',
      variable: header.toUpperCase().replaceAll(/\W/g, '_'),
      label: `${header}, for sources`,
      isSecret: /auth|key|token|secret/.test(header),
    }))
  return [...own, ...forwarded]
}
