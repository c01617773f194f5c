import type { Path } from './problems.ts'

/**
 * What is planned and this version does not do yet: refused by name, so that it is neither taken for a typing
 * error nor silently ignored. Each gets shorter by what is added to the schema.
 */
const TOP: readonly string[] = ['redis']
const SERVER: readonly string[] = ['operationsPort', 'cors', 'rateLimit', 'auth']

const ONLY_IN_SOURCES = ['url', 'params', 'bind', 'forEach']

/** Names of the keys that may come to the map at `path`. */
export function unsupportedKeys(path: Path): readonly string[] {
  if (path.length === 0) return TOP
  return path.length === 1 && path[0] === 'server' ? SERVER : []
}

/** Keys that a source has and `defaults` never will. */
export function isOnlyInSources(path: Path, key: string): boolean {
  return path.length === 1 && path[0] === 'defaults' && ONLY_IN_SOURCES.includes(key)
}
