import { closest } from 'fastest-levenshtein'

/** Sentences about names that a client made up: what there is instead, the nearest first. */

/** Ids and names of parameters have at most 63 characters; more is never one of them. */
const MAX_NAME = 64

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
export function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  const more = names.length - MAX_LISTED
  return names.slice(0, MAX_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function nearestFirst(name: string, known: readonly string[]): readonly string[] {
  if (known.length === 0) return known
  // the time that it takes grows with both lengths, and the client chooses one of them
  const nearest = closest(name.slice(0, MAX_NAME), known)
  return [nearest, ...known.filter((other) => other !== nearest)]
}
