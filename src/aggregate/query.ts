import { closest } from 'fastest-levenshtein'
import { MAX_ERRORS, type RequestError } from '../problem.ts'
import type { Parameter } from '../source/parameter.ts'
import type { TemplateValue } from '../source/template.ts'
import type { Asked, Entry } from './entry.ts'
import { isReserved, type Query, valuesOf } from './settings.ts'

/**
 * Reads a query: which entries are asked, and each one's parameters. `q=London` reaches every asked entry whose source
 * declares `q`; `weather.q=London` overrides it there. What is wrong is added to `errors`, all of it.
 */
export function readQuery(entries: readonly Entry[], query: Query, errors: RequestError[]): readonly Asked[] {
  const picked = pick(entries, query, errors)
  const unknown = Object.keys(query).filter((key) => !isReserved(key) && !picked.some((entry) => takes(entry, key)))
  for (const [index, key] of unknown.entries()) {
    // what nobody gets to read is not composed: a query can hold thousands of keys
    errors.push(index < MAX_ERRORS ? undeclared(key, entries, picked) : { path: key, message: 'is no parameter' })
  }
  return picked.map((entry) => ({ entry, params: readParams(entry, query, errors), errorPath: '' }))
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

function takes(entry: Entry, key: string): boolean {
  const name = key.startsWith(`${entry.key}.`) ? key.slice(entry.key.length + 1) : key
  return entry.source.parameters.has(name) && !Object.hasOwn(entry.fixed, name)
}

function undeclared(key: string, entries: readonly Entry[], picked: readonly Entry[]): RequestError {
  const elsewhere = entries.find((entry) => takes(entry, key))
  if (elsewhere !== undefined) return { path: key, message: `is a parameter of ${elsewhere.key}, which is not asked` }
  const fixing = picked.find((entry) => fixes(entry, key))
  if (fixing !== undefined) return { path: key, message: `is fixed by the view for ${fixing.key}` }
  const known = [...new Set(picked.flatMap((entry) => [...entry.source.parameters.keys()]))]
  const hint = known.length === 0 ? 'they take none' : nearest(key, known, 'they take')
  return { path: key, message: `is no parameter of the sources asked; ${hint}` }
}

function fixes(entry: Entry, key: string): boolean {
  const name = key.startsWith(`${entry.key}.`) ? key.slice(entry.key.length + 1) : key
  return Object.hasOwn(entry.fixed, name)
}

type Params = Record<string, TemplateValue | undefined>

function readParams(entry: Entry, query: Query, errors: RequestError[]): Params {
  const params: Params = Object.create(null)
  for (const parameter of entry.source.parameters.values()) {
    params[parameter.name] = readParam(entry, parameter, query, errors)
  }
  return params
}

/** Precedence: the view's, dotted, flat, default. Defaults come last, so that one of a source never hides a flat key. */
function readParam(
  entry: Entry,
  parameter: Parameter,
  query: Query,
  errors: RequestError[],
): TemplateValue | undefined {
  const { name } = parameter
  if (Object.hasOwn(entry.fixed, name)) return entry.fixed[name]
  const dotted = `${entry.key}.${name}`
  const path = query[dotted] === undefined ? name : dotted
  const texts = valuesOf(query, path)
  if (texts.length === 0) return absent(entry, parameter, errors)
  const read = parameter.fromQuery(texts)
  if ('value' in read) return read.value
  errors.push(...read.problems.map((message) => ({ path, message: `${message} (for ${entry.key})` })))
  return undefined
}

function absent(entry: Entry, parameter: Parameter, errors: RequestError[]): TemplateValue | undefined {
  if (parameter.default === undefined && parameter.required) {
    const way = `give it, or leave ${entry.key} out with ?sources=`
    errors.push({ path: parameter.name, message: `is missing, and ${entry.key} needs it; ${way}` })
  }
  return parameter.default
}
