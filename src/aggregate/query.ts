import { closest } from 'fastest-levenshtein'
import { MAX_ERRORS, type RequestError } from '../problem.ts'
import { type Asked, type Entry, type Menu, type Wanted, withNeeds } from './entry.ts'
import { type Given, nameIn, readParams, takes } from './params.ts'
import { isReserved, type Query, valuesOf } from './settings.ts'

/**
 * Reads a query: which entries are asked, and each one's parameters. `q=London` reaches every asked entry whose source
 * declares `q`, and what those need; `weather.q=London` overrides it there. What is wrong is added to `errors`, all of it.
 */
export function readQuery(menu: Menu, query: Query, errors: RequestError[]): readonly Asked[] {
  const wanted = withNeeds(pick(menu.entries, query, errors), menu)
  const unknown = Object.keys(query).filter((key) => !isReserved(key) && !wanted.some((one) => takes(one, key)))
  for (const [index, key] of unknown.entries()) {
    // what nobody gets to read is not composed: a query can hold thousands of keys
    errors.push(index < MAX_ERRORS ? undeclared(key, menu, wanted) : { path: key, message: 'is no parameter' })
  }
  return readParams(wanted, givenIn(query), errors)
}

function givenIn(query: Query): Given {
  return {
    path: '',
    read: (name, parameter) => {
      const texts = valuesOf(query, name)
      return texts.length === 0 ? undefined : parameter.fromQuery(texts)
    },
    about: ({ entry }) => ` (for ${entry.key})`,
    remedy: ({ entry, askedFor }) => `, and ${entry.key} needs it; give it, or leave ${askedFor} out with ?sources=`,
  }
}

/** The entries that `sources` names, in its order; all of them without it. */
function pick(entries: readonly Entry[], query: Query, errors: RequestError[]): readonly Entry[] {
  const lists = valuesOf(query, 'sources')
  if (lists.length === 0) return entries
  const keys = [...new Set(lists.flatMap((list) => list.split(',')))]
  for (const key of keys) {
    if (!entries.some((entry) => entry.key === key))
      errors.push({ path: 'sources', message: unknownSource(key, entries) })
  }
  return keys.flatMap((key) => entries.find((entry) => entry.key === key) ?? [])
}

function unknownSource(key: string, entries: readonly Entry[]): string {
  const known = entries.map((entry) => entry.key)
  return key === ''
    ? `names no source; there is ${known.join(', ')}`
    : `there is no source "${key}"; ${nearest(key, known)}`
}

/** A hint for a name that is not known; short lists are shown whole. */
function nearest(name: string, known: readonly string[], lead = 'there is'): string {
  if (known.length <= 8) return `${lead} ${known.join(', ')}`
  return `is "${closest(name, known)}" meant?`
}

function undeclared(key: string, menu: Menu, wanted: readonly Wanted[]): RequestError {
  const elsewhere = withNeeds(menu.entries, menu).find((one) => takes(one, key))
  if (elsewhere !== undefined)
    return { path: key, message: `is a parameter of ${elsewhere.entry.key}, which is not asked` }
  const fixing = wanted.find(({ entry }) => Object.hasOwn(entry.fixed, nameIn(entry.key, key)))
  if (fixing !== undefined) return { path: key, message: `is fixed by the view for ${fixing.entry.key}` }
  const known = [...new Set(wanted.flatMap(({ entry }) => [...entry.source.parameters.keys()]))]
  const hint = known.length === 0 ? 'they take none' : nearest(key, known, 'they take')
  return { path: key, message: `is no parameter of the sources asked; ${hint}` }
}
