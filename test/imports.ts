import { posix } from 'node:path'

/** One import statement: what it names, as a path from the root (`src/app.ts`), a package (`undici`) or `node:fs`. */
export interface Import {
  readonly to: string
  /** Gone when the types are stripped. */
  readonly typeOnly: boolean
}

/** Every file's imports, by the file's path from the root. */
export type Graph = ReadonlyMap<string, readonly Import[]>

const STATEMENT = /^(?:import|export)\s+(type\s+)?(?:([\w*\s{},$]+?)\s+from\s+)?['"]([^'"]+)['"]/gm
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]/g

/** The imports of a file: `import`, `export … from` and `import()`. */
export function importsOf(file: string, text: string): readonly Import[] {
  const statements = [...text.matchAll(STATEMENT)].map(([, type, names = '', specifier = '']) => {
    return { to: resolve(file, specifier), typeOnly: type !== undefined || onlyTypes(names) }
  })
  const dynamic = [...text.matchAll(DYNAMIC)].map(([, specifier = '']) => {
    return { to: resolve(file, specifier), typeOnly: false }
  })
  return [...statements, ...dynamic]
}

function onlyTypes(names: string): boolean {
  const [, inBraces] = /^\{(.*)\}$/s.exec(names.trim()) ?? []
  const each = inBraces?.split(',').filter((name) => name.trim() !== '') ?? []
  return each.length > 0 && each.every((name) => name.trim().startsWith('type '))
}

function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier)
  if (specifier.startsWith('node:')) return specifier
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The cycles, at least one of each knot: the files on the way, the first one in the alphabet first. */
export function cyclesOf(graph: Graph, counts: (one: Import) => boolean): readonly string[] {
  const found = new Set<string>()
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file)
    if (at !== -1) found.add(inOrder(way.slice(at)).join(' > '))
    if (at !== -1 || done.has(file)) return
    for (const { to } of graph.get(file)?.filter(counts) ?? []) visit(to, [...way, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return [...found].sort()
}

function inOrder(cycle: readonly string[]): readonly string[] {
  const first = cycle.indexOf([...cycle].sort()[0] ?? '')
  return [...cycle.slice(first), ...cycle.slice(0, first)]
}
