import type { HeapProfiler, Profiler } from 'node:inspector/promises'

/** One row of a profile: a function or a folder, and its share. */
export interface Row {
  readonly name: string
  /** Microseconds or bytes, its own, without what it calls. */
  readonly own: number
}

/** A profile by function and by folder, the largest first. */
export interface Summary {
  readonly functions: readonly Row[]
  readonly folders: readonly Row[]
  readonly total: number
}

interface Frame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

/** Where the processor was, without the time in which it had nothing to do. */
export function summarizeCpu({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Summary {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const rows: (readonly [Frame, number])[] = []
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id)
    if (frame !== undefined && frame.functionName !== '(idle)') rows.push([frame, timeDeltas[index] ?? 0])
  }
  return summarize(rows)
}

/** What was allocated. */
export function summarizeHeap({ head }: HeapProfiler.SamplingHeapProfile): Summary {
  const rows: (readonly [Frame, number])[] = []
  const visit = ({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): void => {
    rows.push([callFrame, selfSize])
    for (const child of children) visit(child)
  }
  visit(head)
  return summarize(rows)
}

function summarize(rows: readonly (readonly [Frame, number])[]): Summary {
  const [functions, folders] = [new Map<string, number>(), new Map<string, number>()]
  let total = 0
  for (const [frame, own] of rows) {
    add(functions, functionOf(frame), own)
    add(folders, folderOf(frame), own)
    total += own
  }
  return { functions: sorted(functions), folders: sorted(folders), total }
}

function add(sums: Map<string, number>, name: string, own: number): void {
  sums.set(name, (sums.get(name) ?? 0) + own)
}

function sorted(sums: ReadonlyMap<string, number>): readonly Row[] {
  return [...sums].map(([name, own]) => ({ name, own })).sort((a, b) => b.own - a.own)
}

function functionOf(frame: Frame): string {
  const { functionName, url, lineNumber } = frame
  if (url === '') return functionName
  return `${functionName || '(anonymous)'} ${shortUrl(url)}:${lineNumber + 1}`
}

/** `src/policies`, `node_modules/undici`, `node:http`, or V8's own: `(garbage collector)`, `(program)`. */
function folderOf({ functionName, url }: Frame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native functions)'
  if (url.startsWith('node:')) return /^node:(internal\/)?(?:deps\/)?[^/]*/.exec(url)?.[0] ?? url
  const short = shortUrl(url)
  return /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(short)?.[0] ?? short.replace(/\/[^/]*$/, '')
}

function shortUrl(url: string): string {
  const root = new URL('../..', import.meta.url).href
  return url.startsWith(root) ? url.slice(root.length) : url
}
