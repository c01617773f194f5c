import { closest, distance } from 'fastest-levenshtein'
import { MAX_NAME_LENGTH } from './limits.ts'

/** Messages about unknown names in a request or a configuration, with suggestions. */

/** Names are cut to this length, in characters. A longer one cannot be an id or a parameter name. */
const MAX_NAME = MAX_NAME_LENGTH + 1

/** Maximum number of names in a message to a client. */
const MAX_LISTED = 8

/** A name in quotation marks, as the client wrote it; cut if it is long. */
export function quoteName(name: string): string {
  return name.length > MAX_NAME ? `"${name.slice(0, MAX_NAME).toWellFormed()}…"` : `"${name}"`
}

/** `There is no source "wether"; known sources: weather, news.` */
export function thereIsNo(kind: 'source' | 'parameter' | 'view', name: string, known: readonly string[]): string {
  return `There is no ${kind} ${quoteName(name)}; known ${kind}s: ${listed(nearestFirst(name, known))}.`
}

/** Joins names with commas, in their order; the list is cut after `most` names. */
export function listed(names: readonly string[], most = MAX_LISTED): string {
  if (names.length === 0) return 'none'
  const more = names.length - most
  return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function nearestFirst(name: string, known: readonly string[]): readonly string[] {
  if (known.length === 0) return known
  // cut the name first: the time grows with both lengths, and the client chooses this one
  const nearest = closest(name.slice(0, MAX_NAME), known)
  return [nearest, ...known.filter((other) => other !== nearest)]
}

/** Maximum number of names in a message about a configuration. */
export const MAX_SUGGESTED = 12

/** Suggestion to append to a message: `; did you mean "timeout"?`, or the known names if none is similar. */
export function suggest(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  if (near !== null) return `; did you mean "${near}"?`
  if (known.length === 1) return `; the only one is "${known[0]}"`
  return known.length === 0 ? '' : `; known are ${listed(known, MAX_SUGGESTED)}`
}

/** The most similar known name, ignoring case; null if none is similar. */
export function nearest(name: string, known: readonly string[]): string | null {
  const lowerCase = known.map((other) => other.toLowerCase())
  const found = known[lowerCase.indexOf(closest(name.toLowerCase(), lowerCase))]
  if (found === undefined) return null
  const steps = distance(name.toLowerCase(), found.toLowerCase())
  return steps < found.length && steps <= Math.max(2, Math.max(name.length, found.length) / 2) ? found : null
}
