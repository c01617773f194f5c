import type { Handler } from './exchange.ts'

/** One fault, or one good answer, of the scripted upstream. */
export interface Row {
  readonly name: string
  /** What a request asks for; what follows it in the path makes no difference, the query holds the parameters. */
  readonly path: string
  readonly does: string
  readonly handle: Handler
}

export function row(name: string, does: string, handle: Handler): Row {
  return { name, path: `/${name}`, does, handle }
}

/** The body where nothing else is asked for. */
export const okBody = '{"ok":true}'

export const jsonType = { 'content-type': 'application/json' }

/** No answer of ours is longer, however endless. */
export const mostBytes = 64 * 1024 * 1024
