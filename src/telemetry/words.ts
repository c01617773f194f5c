import type { Outcome } from '../core/outcome.ts'
import { pathOf } from '../http/problem.ts'

/** Words that logs, metrics and traces share. */

/** nginx's status for a client that closed the connection before the answer. Nobody receives it. */
export const CLIENT_CLOSED_REQUEST = 499

/** How a call ended, in a word: `ok`, `empty`, `skipped`, or the failure code. */
export function outcomeWord({ failure, body, from }: Outcome): string {
  if (from === 'skipped') return 'skipped'
  return failure?.code ?? (body === null ? 'empty' : 'ok')
}

/** Whether a request was refused only because its client left while it sent it. */
export function hasLeft(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ECONNRESET'
}

/** The most characters of a path, a name or a message: clients choose how long these are. */
export const MAX_LOGGED = 256

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
