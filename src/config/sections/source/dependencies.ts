import { suggest } from '../../../core/known-names.ts'
import type { Scope } from '../../schema/report.ts'
import type { Path } from '../../text/problems.ts'
import { CLAIMS } from './claims.ts'
import { checkNesting } from './for-each.ts'
import type { SourceDraft } from './scope.ts'

/** A source whose data another one needs. */
export interface Dependency {
  readonly from: string
  /** Where the configuration names it. */
  readonly path: Path
}

/** The sources that a source waits for, one entry for each `bind` and `forEach` that names one. */
export function dependenciesOf({ id, bind, forEach }: SourceDraft): readonly Dependency[] {
  const here = ['sources', id]
  return [
    ...bind.map(({ name, from }) => ({ from, path: [...here, 'bind', name, 'from'] })),
    ...(forEach === null || forEach.from === null ? [] : [{ from: forEach.from, path: [...here, 'forEach', 'from'] }]),
  ]
}

/** By id: the sources that need the source's data. */
export type Dependants = ReadonlyMap<string, ReadonlySet<string>>

/** Inverts the dependencies of all sources. */
export function dependantsOf(sources: Iterable<SourceDraft>): Dependants {
  const dependants = new Map<string, Set<string>>()
  for (const source of sources) {
    for (const { from } of dependenciesOf(source)) {
      dependants.set(from, (dependants.get(from) ?? new Set()).add(source.id))
    }
  }
  return dependants
}

/** The source's id, and the ids of all sources that need it, directly or indirectly. */
export function withDependants(id: string, dependants: Dependants): ReadonlySet<string> {
  const found = new Set([id])
  // the iterator of a set also visits elements that are added during the loop
  for (const needed of found) for (const dependant of dependants.get(needed) ?? []) found.add(dependant)
  return found
}

/**
 * Finds cycles of a graph, each as its nodes in order, starting with the one that is first in the map. It does not find
 * all cycles, but removing the last edge of each one found leaves a graph without cycles.
 */
export function cyclesOf(graph: ReadonlyMap<string, Iterable<string>>): readonly (readonly string[])[] {
  const left = new Map([...graph].map(([id, to]) => [id, new Set([...to].filter((other) => graph.has(other)))]))
  const order = [...graph.keys()]
  const cycles: string[][] = []
  for (let cycle = nextCycle(left); cycle !== null; cycle = nextCycle(left)) {
    const first = cycle.indexOf(order.find((id) => cycle?.includes(id)) ?? '')
    const turned = [...cycle.slice(first), ...cycle.slice(0, first)]
    cycles.push(turned)
    left.get(turned.at(-1) ?? '')?.delete(turned[0] ?? '')
  }
  return cycles
}

/** Finds one cycle. Nodes without an outgoing edge are removed first, so every path in the rest ends in a cycle. */
function nextCycle(left: Map<string, Set<string>>): string[] | null {
  prune(left)
  const path = new Set<string>()
  let [at] = left.keys()
  while (at !== undefined && !path.has(at)) {
    path.add(at)
    ;[at] = left.get(at) ?? []
  }
  return at === undefined ? null : [...path].slice([...path].indexOf(at))
}

function prune(left: Map<string, Set<string>>): void {
  const dead = [...left].filter(([, to]) => to.size === 0).map(([id]) => id)
  for (const id of dead) {
    left.delete(id)
    for (const [other, to] of left) if (to.delete(id) && to.size === 0) dead.push(other)
  }
}

type Sources = ReadonlyMap<string, SourceDraft>

/** Checks the dependencies between sources: `bind` and `forEach`. */
export function checkDependencies(scope: Scope, sources: Sources): void {
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
  // no source can have this id, see ID_PATTERN; bind.ts resolves claims of `bind`
  if (from === CLAIMS) return problem(path, 'claims are no source with a list; name a source')
  const others = [...sources.keys()].filter((other) => other !== id)
  problem(path, `there is no source "${from}"${suggest(from, others)}`)
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
