import type { Path } from './problems.ts'

/**
 * What is planned and this version does not do yet: refused by name, so that it is neither taken for a typing
 * error nor silently ignored. Each gets shorter by what is added to the schema.
 */
const KEYS = {
  '': ['redis'],
  server: ['operationsPort', 'cors', 'rateLimit', 'auth'],
  source: ['body', 'select', 'bind', 'forEach'],
  view: ['shape'],
} as const satisfies Record<string, readonly string[]>

const VALUES: Readonly<Record<string, readonly unknown[]>> = { method: ['POST'], format: ['text', 'xml'] }

const ONLY_IN_SOURCES = ['url', 'params', 'bind', 'forEach']

/** Names of the keys that may come to the map at `path`. */
export function unsupportedKeys(path: Path): readonly string[] {
  const kind = kindOf(path)
  const keys: readonly string[] = kind === null ? [] : KEYS[kind]
  return keys.filter((key) => !isOnlyInSources(path, key))
}

export function isUnsupportedValue(path: Path, value: unknown): boolean {
  return kindOf(path.slice(0, -1)) === 'source' && (VALUES[String(path.at(-1))]?.includes(value) ?? false)
}

/** Keys that a source has and `defaults` never will. */
export function isOnlyInSources(path: Path, key: string): boolean {
  return path.length === 1 && path[0] === 'defaults' && ONLY_IN_SOURCES.includes(key)
}

/** What the map at `path` is, where anything is to come. */
function kindOf(path: Path): keyof typeof KEYS | null {
  const [first, second] = path
  if (path.length === 0) return ''
  if (path.length === 1) return first === 'server' ? 'server' : first === 'defaults' ? 'source' : null
  if (path.length > 2 || second === undefined) return null
  return first === 'sources' ? 'source' : first === 'views' ? 'view' : null
}
