import { flag } from '../../schema/parts.ts'
import type { Scope } from '../../schema/report.ts'
import { dependantsOf } from './dependencies.ts'
import type { SourceDraft, SourceScope } from './scope.ts'

const DEFAULT = false

export const hiddenSchema = flag({
  description: 'Whether it is omitted from /aggregate: only other sources and views use it.',
  default: DEFAULT,
  examples: [true],
})

export function resolveHidden(input: boolean = DEFAULT): boolean {
  return input
}

/** Requires a visible source or a view: otherwise clients can request nothing. */
export function checkVisible({ problem, isBroken }: Scope, sources: readonly SourceDraft[], hasViews: boolean): void {
  const path = ['sources']
  if (sources.length === 0 && !isBroken(path)) problem(path, 'is empty; write at least one source')
  const isCertain = !isBroken(['defaults', 'hidden']) && !sources.some(({ id }) => isBroken([...path, id, 'hidden']))
  if (!isCertain || sources.length === 0 || hasViews) return
  if (sources.every(({ hidden }) => hidden))
    problem(
      path,
      'every source is hidden and there is no view, so there is nothing to ask; write a view, or hidden: false',
    )
}

/** Warns of a hidden source that is never called: no other source needs it, and no view shows it. */
export function warnOfUnread(
  scope: Scope,
  scopes: readonly SourceScope<object, 'hidden'>[],
  inViews: ReadonlySet<string>,
): void {
  // a broken part of the configuration might use the source
  if (scope.isBroken(['sources']) || scope.isBroken(['views'])) return
  const dependants = dependantsOf(scopes.map(({ source }) => source))
  for (const { id, source, warn, at } of scopes) {
    if (!source.hidden || dependants.has(id) || inViews.has(id)) continue
    warn(at('hidden'), `no view, bind or forEach uses "${id}", so it is never called; leave hidden out`)
  }
}
