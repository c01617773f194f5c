import type { SourceDraft } from './resolve-source.ts'
import type { WrittenDefaults, WrittenSource } from './schema.ts'
import type { Path } from './text/problems.ts'

/** What every check gets: where it reports, and what to skip. */
export interface Scope {
  problem(path: Path, message: string): void
  warn(path: Path, message: string): void
  /** Whether a problem was found at this path, above it or below it. */
  isBroken(path: Path): boolean
  isFromEnvironment(path: Path): boolean
  /** What is written here with MASK for each reference to the environment; null where it holds none. */
  masked(path: Path): string | null
  /** The text for a message, or a substitute where the value at the path came from the environment. */
  show(path: Path, text: string): string
}

/** One source, and where its keys are written. */
export interface SourceScope extends Scope {
  readonly id: string
  /** As written in the source itself. */
  readonly own: WrittenSource
  readonly defaults: WrittenDefaults
  /** Both, merged. */
  readonly written: WrittenSource
  /** Resolved: in the units of the code. */
  readonly source: SourceDraft
  /** Where a key (of a block: a key within it) is written: in the source, else in `defaults`, else where it belongs. */
  at(key: keyof WrittenSource, within?: string): Path
  /** Whether a problem was found with one of these keys, in the source or in `defaults`. */
  hasBroken(...keys: (keyof WrittenSource)[]): boolean
}

type Parts = Pick<SourceScope, 'id' | 'own' | 'defaults' | 'written' | 'source'>

export function sourceScope(scope: Scope, parts: Parts): SourceScope {
  const { id, own, defaults } = parts
  return {
    ...scope,
    ...parts,
    at: placesOf(id, own, defaults),
    hasBroken: (...keys) =>
      keys.some((key) => scope.isBroken(['sources', id, key]) || scope.isBroken(['defaults', key])),
  }
}

/** Where the keys of a source are written: see `SourceScope.at`. */
export function placesOf(id: string, own: WrittenSource, defaults: WrittenDefaults): SourceScope['at'] {
  return (key, within) => {
    const inOwn = holds(own, key, within)
    const inDefaults = !inOwn && holds(defaults, key, within)
    return [...(inDefaults ? ['defaults'] : ['sources', id]), key, ...(within === undefined ? [] : [within])]
  }
}

function holds(written: object, key: string, within?: string): boolean {
  if (!Object.hasOwn(written, key)) return false
  const block = (written as Record<string, unknown>)[key]
  return within === undefined || (typeof block === 'object' && block !== null && Object.hasOwn(block, within))
}
