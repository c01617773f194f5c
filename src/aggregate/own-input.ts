import { quoteName } from '../core/known-names.ts'
import { MAX_ERRORS, type RequestError, UNREAD } from '../http/problem.ts'
import type { Parameter, Read } from '../source/parameter.ts'
import type { Wanted } from './menu.ts'
import { nameIn } from './params.ts'
import { type Query, valuesOf } from './settings.ts'

/** What a request to a view with a route of its own gives beside its query. */
export interface OwnInput {
  /** Values of the variables in the path by name, decoded. */
  readonly path: Readonly<Record<string, string>>
  /** Members of the JSON body, which are parameters. */
  readonly members: Readonly<Record<string, unknown>>
}

/** Of a request that has only a query. */
export const NO_OWN_INPUT: OwnInput = { path: {}, members: {} }

/** Reads the value of a name: from the path, else from the body, else from the query; undefined if there is none. */
export function readGiven(
  name: string,
  parameter: Parameter,
  query: Query,
  { path, members }: OwnInput,
): Read | undefined {
  if (Object.hasOwn(path, name)) return parameter.fromQuery([path[name] as string])
  if (Object.hasOwn(members, name)) return parameter.fromJson(members[name])
  const texts = valuesOf(query, name)
  return texts.length === 0 ? undefined : parameter.fromQuery(texts)
}

/**
 * Refuses names that are given twice: in the query and in the body, or in the path and once more, also for one source
 * (`weather.q`). `keys` are those of query and body together.
 */
export function checkGivenOnce(
  keys: readonly string[],
  query: Query,
  { path, members }: OwnInput,
  wanted: readonly Wanted[],
  errors: RequestError[],
): void {
  const inPath = (key: string) =>
    Object.hasOwn(path, key) || wanted.some(({ entry }) => Object.hasOwn(path, nameIn(entry.key, key)))
  for (const key of keys) {
    if (errors.length >= MAX_ERRORS) errors.push({ path: key, message: UNREAD })
    else if (inPath(key)) errors.push({ path: key, message: `${quoteName(key)} is given by the path; leave it out.` })
    else if (Object.hasOwn(members, key) && valuesOf(query, key).length > 0)
      errors.push({ path: key, message: `${quoteName(key)} was given in the query and in the body; give it once.` })
  }
}
