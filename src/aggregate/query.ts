import { listed, quoteName, thereIsNo } from '../core/known-names.ts'
import { MAX_SOURCES } from '../core/limits.ts'
import { MAX_ERRORS, type RequestError, UNREAD } from '../http/problem.ts'
import { checkSize, type Entry, type Menu, type Wanted, withNeeds } from './menu.ts'
import { checkGivenOnce, NO_OWN_INPUT, type OwnInput, readGiven } from './own-input.ts'
import { type Asked, clientNames, type Given, parameterOf, readParams, takes } from './params.ts'
import { isReserved, type Query, valuesOf } from './settings.ts'
import { isIgnorable, type UnknownQuery } from './unknown-query.ts'

/**
 * Reads a query: the requested entries and the parameters of each. `q=London` applies to every requested entry whose
 * source declares `q`, and to their dependencies; `weather.q=London` overrides it for one entry. `own` has what the path
 * and the body give. `unknownQuery` says what happens to undeclared keys of the query; those of the body are always
 * refused. All errors are added to `errors`.
 */
export function readQuery(
  menu: Menu,
  query: Query,
  errors: RequestError[],
  own: OwnInput = NO_OWN_INPUT,
  unknownQuery: UnknownQuery = 'refuse',
): readonly Asked[] {
  const picked = pick(menu, query, errors)
  // other errors depend on which sources are requested
  if (picked === null) return []
  const wanted = withNeeds(picked, menu)
  checkSize(wanted, 'sources', errors)
  const keys = [...new Set([...Object.keys(query).filter((key) => !isReserved(key)), ...Object.keys(own.members)])]
  checkGivenOnce(keys, query, own, wanted, errors)
  // a variable of the path counts as declared, whatever `sources` picks
  const undeclaredKeys = keys.filter((key) => !Object.hasOwn(own.path, key) && !wanted.some((one) => takes(one, key)))
  const isDropped = (key: string) => !Object.hasOwn(own.members, key) && isIgnorable(key, wanted)
  const unknown = unknownQuery === 'refuse' ? undeclaredKeys : undeclaredKeys.filter((key) => !isDropped(key))
  if (unknown.length > 0) {
    const all = withNeeds(menu.entries, menu)
    for (const key of unknown) {
      // limit the work: a query can have thousands of keys
      errors.push({ path: key, message: errors.length < MAX_ERRORS ? undeclared(key, all, wanted) : UNREAD })
    }
  }
  return readParams(wanted, givenIn(query, own), errors)
}

function givenIn(query: Query, own: OwnInput): Given {
  return {
    path: '',
    read: (name, parameter) => readGiven(name, parameter, query, own),
    about: ({ entry }) => ` (for ${entry.key})`,
    remedy: ({ askedFor }) => `give it, or leave ${askedFor} out with ?sources=`,
  }
}

/**
 * The entries that `sources` names, in that order; all entries without it. Null, with an error, if there are none or
 * too many.
 */
function pick(menu: Menu, query: Query, errors: RequestError[]): readonly Entry[] | null {
  const lists = valuesOf(query, 'sources')
  const picked = lists.length === 0 ? menu.entries : named(menu, lists, errors)
  const problem = countProblem(picked.length, lists.length === 0)
  if (problem === null) return picked
  errors.push({ path: 'sources', message: problem })
  return null
}

function named(menu: Menu, lists: readonly string[], errors: RequestError[]): readonly Entry[] {
  const byKey = new Map(menu.entries.map((entry) => [entry.key, entry]))
  const known = [...byKey.keys()]
  return [...new Set(lists.flatMap((list) => list.split(',')))].flatMap((key) => {
    const entry = byKey.get(key)
    if (entry !== undefined) return entry
    errors.push({ path: 'sources', message: errors.length < MAX_ERRORS ? unknownSource(key, known, menu) : UNREAD })
    return []
  })
}

function countProblem(count: number, isDefault: boolean): string | null {
  if (count > MAX_SOURCES) {
    return isDefault
      ? `There are ${count} sources here, and one answer holds at most ${MAX_SOURCES}; pick some with ?sources=.`
      : `"sources" names ${count} sources, and one answer holds at most ${MAX_SOURCES}; name fewer.`
  }
  return count === 0 && isDefault ? 'There is no source to ask here; ask a view (GET /aggregate/{view}).' : null
}

function unknownSource(key: string, known: readonly string[], { refused }: Menu): string {
  const why = refused.get(key)
  if (why !== undefined) return why
  return key === ''
    ? `"sources" holds an empty name; known sources: ${listed(known)}.`
    : thereIsNo('source', key, known)
}

/**
 * The error for an unknown key. `all`: every entry of the endpoint, with dependencies. `wanted`: those of this request.
 */
function undeclared(key: string, all: readonly Wanted[], wanted: readonly Wanted[]): string {
  const elsewhere = all.find((one) => takes(one, key))
  // name the requested key, because a dependency may not be requestable
  if (elsewhere !== undefined)
    return `${quoteName(key)} is a parameter of ${elsewhere.askedFor}, which was not asked; leave it out, or add ${elsewhere.askedFor} to "sources".`
  const fixing = wanted.find((one) => parameterOf(one, key) !== undefined)
  if (fixing !== undefined) return `${quoteName(key)} is fixed by the view for ${fixing.entry.key}; leave it out.`
  return thereIsNo('parameter', key, clientNames(wanted))
}
