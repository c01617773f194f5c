import type { Handler } from './exchange.ts'

/** One fault, or one correct response, of the scripted upstream. */
export interface Row {
  readonly name: string
  /** The beginning of the request's path; the rest of the path is ignored. Parameters are in the query. */
  readonly path: string
  readonly does: string
  readonly handle: Handler
}

export function row(name: string, does: string, handle: Handler): Row {
  return { name, path: `/${name}`, does, handle }
}

/** The default body. */
export const okBody = '{"ok":true}'

export const jsonType = { 'content-type': 'application/json' }

/** The most bytes of any response, even an endless one. */
export const mostBytes = 64 * 1024 * 1024
