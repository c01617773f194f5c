/** What the servers are compared at: each case is one kind of answer. */

/** One kind of answer. Every source has a body of `bytes`. */
export interface Case {
  /** For the table, and for `--only`. */
  readonly name: string
  readonly sources: number
  /** Size of the body of a source. */
  readonly bytes: number
  /** How many of the sources answer with 404. */
  readonly failing: number
  /** What differs from calling each source and passing its body on. */
  readonly kind: 'plain' | 'cached' | 'streamed' | 'selected'
  /** Calls a second for the latencies. */
  readonly perSecond: number
  /** The goal for the processor time: at most this many times that of the floor. Null where there is none. */
  readonly goal: number | null
}

const KIB = 1024
const plain = { failing: 0, kind: 'plain', perSecond: 200, goal: null } as const

export const CASES: readonly Case[] = [
  { ...plain, name: '3 sources of 0.4 KB', sources: 3, bytes: 400, goal: 2 },
  { ...plain, name: '3 sources of 2 KB', sources: 3, bytes: 2 * KIB, goal: 1.8 },
  { ...plain, name: '3 sources of 10 KB', sources: 3, bytes: 10 * KIB, goal: 1.25 },
  { ...plain, name: '3 sources of 100 KB', sources: 3, bytes: 100 * KIB, goal: 1.1, perSecond: 100 },
  { ...plain, name: '1 source of 2 KB', sources: 1, bytes: 2 * KIB },
  { ...plain, name: '10 sources of 2 KB', sources: 10, bytes: 2 * KIB },
  { ...plain, name: '50 sources of 2 KB', sources: 50, bytes: 2 * KIB, perSecond: 50 },
  { ...plain, name: '3 sources of 2 KB, 1 fails', sources: 3, bytes: 2 * KIB, failing: 1 },
  { ...plain, name: '3 sources of 2 KB, cached', sources: 3, bytes: 2 * KIB, kind: 'cached' },
  { ...plain, name: '3 sources of 2 KB, streamed', sources: 3, bytes: 2 * KIB, kind: 'streamed' },
  { ...plain, name: '3 sources of 2 KB, select', sources: 3, bytes: 2 * KIB, kind: 'selected' },
]

/** Three sources of 2 KB: what is measured where the kind of answer does not matter. */
export const TYPICAL: Case = { ...plain, name: 'typical', sources: 3, bytes: 2 * KIB }

/** The URLs of the sources of a case, by key, on the upstream with this origin. */
export function urlsOf({ sources, bytes, failing }: Case, origin: string): Readonly<Record<string, string>> {
  const pathOf = (index: number): string => (index < failing ? '/missing' : `/sized/${bytes}`)
  return Object.fromEntries(Array.from({ length: sources }, (_, index) => [`s${index}`, `${origin}${pathOf(index)}`]))
}

/** What `selected` keeps of a body: in JMESPath for Tributary, and as code for the others (children/pick.ts). */
export const SELECT = '{first: items[0].title, ids: items[].id}'

/** The configuration of Tributary for a case: everything is at its default but what the case is about. */
export function configOf(one: Case, origin: string): object {
  const extra = {
    plain: {},
    streamed: {},
    cached: { cache: { ttl: '1h' } },
    selected: { select: SELECT },
  }[one.kind]
  const sources = Object.entries(urlsOf(one, origin)).map(([id, url]) => [id, { url, ...extra }])
  return { server: { port: 0 }, sources: Object.fromEntries(sources) }
}

/** The headers of a request of a case. */
export function headersOf({ kind }: Case): Readonly<Record<string, string>> {
  return kind === 'streamed' ? { accept: 'application/x-ndjson' } : {}
}
