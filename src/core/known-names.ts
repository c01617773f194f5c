import { closest, distance } from 'fastest-levenshtein'
import { MAX_NAME_LENGTH } from './limits.ts'

/** Sentences about names that do not exist, in a request or in a configuration: what there is instead. */

/** A name is cut to this length: a longer one is never an id, or the name of a parameter. */
const MAX_NAME = MAX_NAME_LENGTH + 1

/** More than a person reads. */
const MAX_LISTED = 8

/** A name as the client wrote it, in quotation marks; long ones are cut. */
export function quoteName(name: string): string {
  return name.length > MAX_NAME ? `"${name.slice(0, MAX_NAME).toWellFormed()}…"` : `"${name}"`
}

/** `There is no source "wether"; known sources: weather, news.` */
export function thereIsNo(kind: 'source' | 'parameter' | 'view', name: string, known: readonly string[]): string {
  return `There is no ${kind} ${quoteName(name)}; known ${kind}s: ${listed(nearestFirst(name, known))}.`
}

/** Names for a sentence, in their order; long lists are cut. */
export function listed(names: readonly string[], most = MAX_LISTED): string {
  if (names.length === 0) return 'none'
  const more = names.length - most
  return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function nearestFirst(name: string, known: readonly string[]): readonly string[] {
  if (known.length === 0) return known
  // the time that it takes grows with both lengths, and the client chooses one of them
  const nearest = closest(name.slice(0, MAX_NAME), known)
  return [nearest, ...known.filter((other) => other !== nearest)]
}

/** More than the author of a configuration reads. */
export const MAX_SUGGESTED = 12

/** The end of a sentence about a configuration: `; did you mean "timeout"?`, or the known names if none is near. */
export function suggest(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  if (near !== null) return `; did you mean "${near}"?`
  if (known.length === 1) return `; the only one is "${known[0]}"`
  return known.length === 0 ? '' : `; known are ${listed(known, MAX_SUGGESTED)}`
}

/** The known name that was probably meant; null if none is near. Case is ignored. */
export function nearest(name: string, known: readonly string[]): string | null {
  const lowerCase = known.map((other) => other.toLowerCase())
  const found = known[lowerCase.indexOf(closest(name.toLowerCase(), lowerCase))]
  if (found === undefined) return null
  const steps = distance(name.toLowerCase(), found.toLowerCase())
  return steps < found.length && steps <= Math.max(2, Math.max(name.length, found.length) / 2) ? found : null
}
