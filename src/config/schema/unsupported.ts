import type { Path } from '../text/problems.ts'

/**
 * Keys that are planned and that this version does not support yet: refused by name, so that none is taken for a typing
 * error. Remove a key from here when it is built.
 */
const TOP: readonly string[] = ['redis']
const SERVER: readonly string[] = ['operationsPort', 'cors', 'rateLimit', 'auth', 'unknownQuery', 'simulate']
const SOURCE: readonly string[] = [
  'clientAddress',
  'bodyType',
  'auth',
  'tls',
  'origins',
  'balance',
  'unixSocket',
  'proxy',
  'maxConnectionAge',
  'passStatus',
  'errorDetails',
  'exposeHeaders',
  'failWhen',
  'when',
]
const FOR_EACH: readonly string[] = ['param', 'batch']
const VIEW: readonly string[] = ['path', 'method']

const ONLY_IN_SOURCES = ['url', 'params', 'bind', 'forEach']

/** Names of the keys that may come to the map at `path`. */
export function unsupportedKeys(path: Path): readonly string[] {
  const [top, , block] = path
  if (path.length === 0) return TOP
  if (path.length === 1) return top === 'server' ? SERVER : top === 'defaults' ? SOURCE : []
  if (path.length === 2) return top === 'sources' ? SOURCE : top === 'views' ? VIEW : []
  return path.length === 3 && top === 'sources' && block === 'forEach' ? FOR_EACH : []
}

/** Values that are planned for a key: those of the key that `path` ends with. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  method: ['PUT', 'PATCH', 'DELETE'],
  validate: ['warn'],
}

/** Whether a value is planned for the key at `path`, and not supported yet. */
export function isUnsupportedValue(path: Path, value: unknown): boolean {
  const isOfSource = path[0] === 'defaults' ? path.length === 2 : path[0] === 'sources' && path.length === 3
  return isOfSource && typeof value === 'string' && (VALUES[String(path.at(-1))]?.includes(value) ?? false)
}

/** Keys that a source has and `defaults` never will. */
export function isOnlyInSources(path: Path, key: string): boolean {
  return path.length === 1 && path[0] === 'defaults' && ONLY_IN_SOURCES.includes(key)
}
