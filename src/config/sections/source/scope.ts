import type { SourceOptions } from '../../../source/options.ts'
import type { Template } from '../../../source/template.ts'
import type { Scope } from '../../schema/report.ts'
import type { Path } from '../../text/problems.ts'

/** The options of a source during the checks. The template is null if it is invalid; that was reported. */
export type SourceDraft = Omit<SourceOptions, 'template'> & { readonly template: Template | null }

/** One source, and where its keys are written. `Keys` are those whose input a check reads; it may ask for `More`. */
export interface SourceScope<Keys extends object, More extends string = never> extends Scope {
  readonly id: string
  /** As written in the source itself. */
  readonly own: Keys
  readonly defaults: Keys
  /** Both, merged. */
  readonly written: Keys
  /** Resolved: in the units of the code. */
  readonly source: SourceDraft
  /** The path of a key, or of a key within a block: in the source or in `defaults`; if absent, where it belongs. */
  at(key: (keyof Keys & string) | More, within?: string): Path
  /** Whether a problem was found with one of these keys, in the source or in `defaults`. */
  hasBroken(...keys: ((keyof Keys & string) | More)[]): boolean
}

/** Checks and warnings of one block that its schema cannot express. */
export type Checks<S> = readonly ((scope: S) => void)[]

/** An origin that requests go to, and where it is written. */
interface Goal {
  readonly path: Path
  readonly origin: string
}

/** Where the requests of a source go: its origins, or else that of its URL. None if that is invalid. */
export function goalsOf({ id, own, defaults, source }: Parts<object>): readonly Goal[] {
  const { origins, template } = source
  if (origins === null) return template === null ? [] : [{ path: ['sources', id, 'url'], origin: template.origin }]
  const path = placesOf(id, own, defaults)('origins')
  return origins.map((origin, index) => ({ path: [...path, index], origin }))
}

type Parts<Keys extends object> = Pick<SourceScope<Keys>, 'id' | 'own' | 'defaults' | 'written' | 'source'>

/** Creates the scope of one source. */
export function sourceScope<Keys extends object>(scope: Scope, parts: Parts<Keys>): SourceScope<Keys> {
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
export function placesOf(id: string, own: object, defaults: object) {
  return (key: string, within?: string): Path => {
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

/** Reports a block that lacks a key. The schema requires no key of a block, because `defaults` may hold the others. */
export function checkNeeded<K extends string>(
  { written, id, problem, at, hasBroken }: SourceScope<{ readonly [key in K]?: object | false }>,
  key: K,
  within: string,
  example: string,
): void {
  const block = written[key]
  if (!block || Object.hasOwn(block, within) || hasBroken(key)) return
  problem([...at(key), within], `is missing for "${id}"; write for example ${example}`)
}
