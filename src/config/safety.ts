import { dependantsOf, dependenciesOf, withDependants } from './graph.ts'
import type { SourceDraft } from './resolve-source.ts'
import type { SourceScope } from './scope.ts'

/**
 * Asking a source changes something where it says so itself, or where anything that it takes data from does: asking it
 * asks those, too. Returns the sources with `safe` as it is for the whole chain. What `defaults` say of the cache, hedges
 * and redirects does not apply to an unsafe one.
 */
export function withSafety(scopes: readonly SourceScope[]): readonly SourceScope[] {
  const unsafe = unsafeOf(scopes.map(({ source }) => source))
  return scopes.map((scope) => {
    if (!unsafe.has(scope.id)) return scope
    return { ...scope, source: { ...scope.source, safe: false, cache: null, hedge: null, redirects: 0 } }
  })
}

function unsafeOf(sources: readonly SourceDraft[]): ReadonlySet<string> {
  const dependants = dependantsOf(sources)
  const own = sources.filter(({ safe }) => !safe)
  return new Set(own.flatMap(({ id }) => [...withDependants(id, dependants)]))
}

/** Why a source is unsafe, as a clause that begins with it. */
export function reasonOf(source: SourceDraft, sources: ReadonlyMap<string, SourceDraft>): string {
  const from = dependenciesOf(source).find(({ from: id }) => sources.get(id)?.safe === false)?.from
  if (from === undefined || source.method !== 'GET') return `"${source.id}" is unsafe: asking it may change something`
  return `"${source.id}" is unsafe, because it takes data of "${from}", which is`
}

const SPARING = ['cache', 'hedge', 'redirects'] as const

/** What the source itself writes, and an unsafe one never has. */
export function checkSafety({ source, own, problem, at, hasBroken }: SourceScope): void {
  if (source.safe || hasBroken('safe', 'method')) return
  for (const key of SPARING) {
    if (own[key] === undefined || own[key] === false || own[key] === 0 || hasBroken(key)) continue
    problem(at(key), `is not possible for "${source.id}", because it is unsafe; leave it out, or ${remedyOf(source)}`)
  }
}

/** What to write where asking a source changes nothing after all. */
export function remedyOf({ method }: SourceDraft): string {
  return method === 'GET'
    ? 'write safe: true for what it takes data from, if asking that changes nothing'
    : 'write safe: true, if asking it changes nothing'
}

/** An unsafe source that nothing can ask. */
export function warnOfUnasked({ source, warn }: SourceScope, sources: ReadonlyMap<string, SourceDraft>): void {
  // a hidden one is only asked for others, which are told
  if (source.safe || source.hidden) return
  const why = reasonOf(source, sources)
  warn(
    ['sources', source.id],
    `is never asked: ${why}, and only views with another method than GET, which are not supported yet, ask such sources; ${remedyOf(source)}`,
  )
}
