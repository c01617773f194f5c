import type { SourceDraft } from './resolve-source.ts'
import type { Path } from './text/problems.ts'

/** A source whose data another one needs. */
export interface Dependency {
  readonly from: string
  /** Where it is named. */
  readonly path: Path
}

/** The sources that a source waits for, one entry for each `bind` and `forEach` that names one. */
export function dependenciesOf({ id, bind, forEach }: SourceDraft): readonly Dependency[] {
  const here = ['sources', id]
  return [
    ...bind.map(({ name, from }) => ({ from, path: [...here, 'bind', name, 'from'] })),
    ...(forEach === null ? [] : [{ from: forEach.from, path: [...here, 'forEach', 'from'] }]),
  ]
}

/** By id: the sources that need the source's data. */
export type Dependants = ReadonlyMap<string, ReadonlySet<string>>

export function dependantsOf(sources: Iterable<SourceDraft>): Dependants {
  const dependants = new Map<string, Set<string>>()
  for (const source of sources) {
    for (const { from } of dependenciesOf(source)) {
      dependants.set(from, (dependants.get(from) ?? new Set()).add(source.id))
    }
  }
  return dependants
}

/** A source, and all that need it, directly or not. */
export function withDependants(id: string, dependants: Dependants): ReadonlySet<string> {
  const found = new Set([id])
  // iterating a set visits what is added meanwhile
  for (const needed of found) for (const dependant of dependants.get(needed) ?? []) found.add(dependant)
  return found
}

/**
 * Finds cycles of a graph, each as its nodes in order, beginning with the one that is first in the map. Not all cycles,
 * but enough that none is left after each found one was cut at its last edge.
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

/** Removes nodes without a way on, again and again: every path in the rest leads into a cycle. */
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
