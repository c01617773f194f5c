import { cyclesOf, type Dependency, dependantsOf, dependenciesOf } from './graph.ts'
import type { SourceDraft } from './resolve-source.ts'
import type { Scope, SourceScope } from './scope.ts'
import { suggest } from './text/problems.ts'

type Sources = ReadonlyMap<string, SourceDraft>

/** Checks the dependencies between sources: `bind` and `forEach`. */
export function checkGraph(scope: Scope, scopes: readonly SourceScope[]): void {
  const sources = new Map(scopes.map(({ id, source }) => [id, source]))
  for (const source of sources.values()) {
    for (const dependency of dependenciesOf(source)) checkDependency(scope, source, dependency, sources)
    checkNesting(scope, source, sources)
  }
  checkCycles(scope, sources)
}

function checkDependency(
  { problem, isBroken }: Scope,
  { id }: SourceDraft,
  dependency: Dependency,
  sources: Sources,
): void {
  const { from, path } = dependency
  if (from === id) problem(path, 'is the source itself, which would wait for its own data; name another one')
  if (sources.has(from) || isBroken(path) || isBroken(['sources', from])) return
  // no source can have this id, see ID_PATTERN
  if (from === 'claims') return problem(path, "claims of the client's token are not supported yet; name a source")
  const others = [...sources.keys()].filter((other) => other !== id)
  problem(path, `there is no source "${from}"${suggest(from, others)}`)
}

/** A list of lists would multiply the calls of one answer. */
function checkNesting({ problem }: Scope, { id, forEach }: SourceDraft, sources: Sources): void {
  if (forEach === null || forEach.from === id || !sources.get(forEach.from)?.forEach) return
  const path = ['sources', id, 'forEach', 'from']
  problem(
    path,
    `"${forEach.from}" has a forEach itself; a forEach over another one is not possible; name another source`,
  )
}

function checkCycles({ problem }: Scope, sources: Sources): void {
  const graph = new Map([...sources].map(([id, source]) => [id, dependenciesOf(source).map(({ from }) => from)]))
  for (const [first = '', ...rest] of cyclesOf(graph)) {
    const source = sources.get(first)
    const next = rest[0]
    // a source that names itself was reported above
    const step = source && next ? dependenciesOf(source).find(({ from }) => from === next) : undefined
    if (step === undefined) continue
    problem(
      step.path,
      `these sources wait for each other: ${[first, ...rest, first].join(' -> ')}; remove one of these dependencies`,
    )
  }
}

/** A hidden source is called when another one needs it, or a view shows it. */
export function warnOfUnread(scope: Scope, scopes: readonly SourceScope[], inViews: ReadonlySet<string>): void {
  // a part that is broken may have used it
  if (scope.isBroken(['sources']) || scope.isBroken(['views'])) return
  const dependants = dependantsOf(scopes.map(({ source }) => source))
  for (const { id, source, warn, at } of scopes) {
    if (!source.hidden || dependants.has(id) || inViews.has(id)) continue
    warn(at('hidden'), `no view, bind or forEach uses "${id}", so it is never called; leave hidden out`)
  }
}
