import { MAX_PLANNED } from '../core/limits.ts'
import type { RequestError } from '../http/problem.ts'
import type { Source } from '../source/source.ts'
import type { TemplateValue } from '../source/template.ts'

/** A source that clients can request, under its own id or under a key of a view. */
export interface Entry {
  /** The key in `data`. */
  readonly key: string
  readonly source: Source
  /** Parameters that the view sets, by their name in the configuration. Clients cannot override them. */
  readonly fixed: Readonly<Record<string, TemplateValue>>
  readonly required: boolean
}

/** The entries of an endpoint. */
export interface Menu {
  /** Entries that clients can request, in the order of `data`. */
  readonly entries: readonly Entry[]
  /** Sources that are not hidden, but cannot be requested here, by id; and why, as a sentence. */
  readonly refused: ReadonlyMap<string, string>
  /** The entry to use when another source depends on this source. */
  forSource(id: string): Entry
}

/** An entry that is requested, or that a requested entry depends on. */
export interface Wanted {
  readonly entry: Entry
  /** Whether it was requested. If not, it is only a dependency. */
  readonly shown: boolean
  /** Indexes of its dependencies, in the order of `Source.needs`. */
  readonly needs: readonly number[]
  /** The requested key that caused it to be included. */
  readonly askedFor: string
}

/** The entry of a source under its own id. */
export function entryOf(source: Source): Entry {
  return { key: source.id, source, fixed: {}, required: source.facts.required }
}

/** What a view says of one key of its `data`. */
interface ViewEntry {
  readonly key: string
  /** A source's id. */
  readonly source: string
  readonly params: Entry['fixed']
  readonly required: boolean
}

/** The entries of a view. Its configuration names sources that are there. */
export function viewEntries(entries: readonly ViewEntry[], sources: ReadonlyMap<string, Source>): readonly Entry[] {
  return entries.map(({ key, source, params, required }) => {
    return { key, source: sources.get(source) as Source, fixed: params, required }
  })
}

/**
 * Creates a menu. A dependency uses the entry of its source, with its key and fixed parameters, if there is exactly
 * one. With several, it uses the one whose key is the id of the source. Otherwise it uses the source itself.
 */
export function menuOf(entries: readonly Entry[], sources: ReadonlyMap<string, Source>): Menu {
  const plain = new Map([...sources.values()].map((source) => [source.id, entryOf(source)]))
  const bySource = Map.groupBy(entries, ({ source }) => source.id)
  const forSource = (id: string): Entry => {
    const having = bySource.get(id) ?? []
    return having.length === 1
      ? (having[0] as Entry)
      : (having.find(({ key }) => key === id) ?? (plain.get(id) as Entry))
  }
  const refused = [...sources.values()].filter((source) => !source.facts.hidden && !source.isAskable)
  return { entries, refused: new Map(refused.map((source) => [source.id, refusalOf(source)])), forSource }
}

/** The error for a source that GET and batches cannot request. */
export function refusalOf({ id, facts }: Source): string {
  const why = facts.safe ? 'it forwards the body of a request' : 'that may change something'
  return `The source "${id}" cannot be asked here, because ${why}; leave it out.`
}

/** The entries followed by all their dependencies, each once. */
export function withNeeds(picked: readonly Entry[], { forSource }: Pick<Menu, 'forSource'>): readonly Wanted[] {
  const wanted = picked.map((entry) => ({ entry, shown: true, needs: [] as number[], askedFor: entry.key }))
  const places = new Map(picked.map((entry, place) => [entry, place]))
  // the loop also visits entries that it appends
  for (const one of wanted) {
    for (const id of one.entry.source.needs) {
      const entry = forSource(id)
      const place = places.get(entry)
      one.needs.push(place ?? wanted.length)
      if (place !== undefined) continue
      places.set(entry, wanted.length)
      wanted.push({ entry, shown: false, needs: [], askedFor: one.askedFor })
    }
  }
  return wanted
}

/** Limits the number of sources that one answer calls, including dependencies. `path` is the path of the error. */
export function checkSize(wanted: readonly Wanted[], path: string, errors: RequestError[]): void {
  if (wanted.length <= MAX_PLANNED) return
  const needed = wanted.filter(({ shown }) => !shown).length
  const message = `The ${wanted.length - needed} sources asked need ${needed} others, and one answer asks at most ${MAX_PLANNED} altogether; ask for fewer.`
  errors.push({ path, message })
}
