import type { Outcome } from '../core/outcome.ts'
import { pathOf } from '../http/problem.ts'

/** What logs and traces say in the same words. */

/** The most characters of a path, a name or a message: clients choose how long these are. */
const MAX_LOGGED = 256

/** The path of a request target, without its query. */
export function loggedPath(url: string): string {
  return shorten(pathOf(url))
}

export function shortened(text: string | null): string | null {
  return text === null ? null : shorten(text)
}

export function shorten(text: string): string {
  return text.length > MAX_LOGGED ? `${text.slice(0, MAX_LOGGED).toWellFormed()}…` : text
}

/** `ok`, `empty` or the failure code. */
export function wordFor({ failure, body }: Outcome): string {
  return failure?.code ?? (body === null ? 'empty' : 'ok')
}
