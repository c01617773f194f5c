import type { Scope } from '../schema/report.ts'
import { withBodyNeeds } from './source/body.ts'
import { checkDependencies, dependantsOf, withDependants } from './source/dependencies.ts'
import { warnOfUnpassed } from './source/errors.ts'
import { checkVisible, warnOfUnread } from './source/hidden.ts'
import { warnOfUnasked, withSafety } from './source/method.ts'
import { checkSource, resolveSource } from './source/resolve.ts'
import { type SourceScope, sourceScope } from './source/scope.ts'
import { type DefaultsInput, mergeSource, type SourceInput } from './source/source.ts'
import { warnOfLongTimeout } from './source/timeouts.ts'
import { usedNames } from './source/variables.ts'
import { sourcesOf, type ViewConfig, type ViewInput } from './view.ts'

/** Resolves and checks all sources, and the dependencies between them. */

/** The input of all sources, and of the views that use them. */
interface SourcesInput {
  readonly defaults?: DefaultsInput
  readonly sources?: Readonly<Record<string, SourceInput>>
  readonly views?: Readonly<Record<string, ViewInput>>
}

/** Resolves every source and checks it. */
export function resolveSources(input: SourcesInput, scope: Scope): readonly SourceScope<SourceInput>[] {
  const { defaults = {}, sources = {}, views = {} } = input
  const read = readSources(input)
  const resolved = Object.entries(sources).map(([id, own]) => {
    const written = mergeSource(defaults, own)
    const source = resolveSource(id, { own, defaults, input: written, isRead: read.has(id) }, scope)
    return sourceScope<SourceInput>(scope, { id, own, defaults, written, source })
  })
  const scopes = withBodyNeeds(withSafety(resolved))
  for (const source of scopes) checkSource(source)
  const byId = new Map(scopes.map(({ id, source }) => [id, source]))
  checkDependencies(scope, byId)
  const inViews = new Set(Object.values(views).flatMap(sourcesOf))
  warnOfUnread(scope, scopes, inViews)
  for (const source of scopes) warnOfUnasked(source, byId, inViews)
  checkVisible(scope, [...byId.values()], Object.hasOwn(input, 'views') || scope.isBroken(['views']))
  warnOfUnusedDefaults(defaults, scopes, scope)
  return scopes
}

/** The ids of the sources whose data is parsed for `bind`, `forEach` or `shape`. */
function readSources({ sources = {}, views = {} }: SourcesInput): ReadonlySet<string> {
  const feeding = Object.values(sources).flatMap(({ bind = {}, forEach }) => [...Object.values(bind), forEach])
  const shaped = Object.values(views).filter(({ shape }) => shape !== undefined)
  return new Set([...feeding.flatMap((one) => one?.from ?? []), ...shaped.flatMap(sourcesOf)])
}

function warnOfUnusedDefaults(
  { values, balance }: DefaultsInput,
  scopes: readonly SourceScope<SourceInput>[],
  { warn }: Scope,
): void {
  if (balance !== undefined && scopes.every(({ written, hasBroken }) => !written.origins && !hasBroken('origins')))
    warn(['defaults', 'balance'], 'has no effect, because no source has origins; leave it out')
  if (scopes.some(({ source, hasBroken }) => source.template === null || hasBroken('body', 'headers'))) return
  const used = new Set(scopes.flatMap(({ source }) => [...usedNames(source)]))
  for (const name of Object.keys(values || {})) {
    if (!used.has(name)) warn(['defaults', 'values', name], 'is used nowhere; leave it out')
  }
}

/** Warns of keys that have an effect in views only, where no view asks the source. */
export function warnOfNoView(scopes: readonly SourceScope<SourceInput>[], views: readonly ViewConfig[]): void {
  if (scopes.some(({ hasBroken, isBroken }) => hasBroken('bind', 'forEach') || isBroken(['views']))) return
  const dependants = dependantsOf(scopes.map(({ source }) => source))
  const asked = new Set(views.flatMap(({ entries }) => entries.map(({ source }) => source)))
  for (const scope of scopes) warnOfUnpassed(scope, withDependants(scope.id, dependants), asked)
}

/** Warns of timeouts that are above every deadline under which a source is called. */
export function warnOfTimeouts(
  scopes: readonly SourceScope<SourceInput>[],
  views: readonly ViewConfig[],
  deadline: { readonly defaultMs: number },
): void {
  // with broken dependencies it is unknown which other sources lead to a call
  if (scopes.some(({ hasBroken }) => hasBroken('bind', 'forEach'))) return
  const dependants = dependantsOf(scopes.map(({ source }) => source))
  for (const scope of scopes) {
    if (scope.hasBroken('timeout') || scope.isBroken(['deadline']) || scope.isBroken(['views'])) continue
    // a request for the source itself, or for one that needs it, calls it
    const callers = withDependants(scope.id, dependants)
    const isVisible = scopes.some(({ id, source }) => callers.has(id) && !source.hidden)
    const using = views.filter(({ entries }) => entries.some((entry) => callers.has(entry.source)))
    warnOfLongTimeout(scope, [...using.map(({ deadlineMs }) => deadlineMs), ...(isVisible ? [deadline.defaultMs] : [])])
  }
}
