import { MAX_PLANNED } from '../core/limits.ts'
import type { RequestError } from '../http/problem.ts'
import type { Source } from '../source/source.ts'
import type { TemplateValue } from '../source/template.ts'

/** A source as an answer may hold it: under its own name, or under a view's with some parameters fixed. */
export interface Entry {
  /** The key in `data`. */
  readonly key: string
  readonly source: Source
  /** Parameters that the view sets and clients cannot. */
  readonly fixed: Readonly<Record<string, TemplateValue>>
  readonly required: boolean
}

/** What a route can answer with. */
export interface Menu {
  /** What can be asked for, in the order of `data`. */
  readonly entries: readonly Entry[]
  /** The sources that are not hidden, and that no entry may have here, because asking them changes something. */
  readonly unsafe: ReadonlySet<string>
  /** The entry that stands for a source where another one needs its data. */
  forSource(id: string): Entry
}

/** An entry that an answer takes: asked for, or needed by one that is. */
export interface Wanted {
  readonly entry: Entry
  readonly shown: boolean
  /** The places of those it needs, in the order of `Source.needs`. */
  readonly needs: readonly number[]
  /** The key that was asked for, and brought it. */
  readonly askedFor: string
}

/** The entry of a source that goes by its own name. */
export function entryOf(source: Source): Entry {
  return { key: source.id, source, fixed: {}, required: source.facts.required }
}

/**
 * What these entries of these sources make up. A needed source is the entry that has it, under whatever key and with
 * whatever parameters fixed; where none has it, or several, it is the source as it is.
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
  const unsafe = [...sources.values()].filter(({ facts }) => !facts.safe && !facts.hidden)
  return { entries, unsafe: new Set(unsafe.map(({ id }) => id)), forSource }
}

/** Why a source cannot be asked for by GET, nor by a batch. */
export function isUnsafe(id: string): string {
  return `The source "${id}" cannot be asked here, because that may change something; leave it out.`
}

/** These entries, and behind them all that they need, each once. */
export function withNeeds(picked: readonly Entry[], { forSource }: Pick<Menu, 'forSource'>): readonly Wanted[] {
  const wanted = picked.map((entry) => ({ entry, shown: true, needs: [] as number[], askedFor: entry.key }))
  const places = new Map(picked.map((entry, place) => [entry, place]))
  // a list that grows is walked to its end
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

/** Bounds what one answer asks: what is not shown, but needed, costs calls too. `path` is where a client said what it asks. */
export function checkSize(wanted: readonly Wanted[], path: string, errors: RequestError[]): void {
  if (wanted.length <= MAX_PLANNED) return
  const needed = wanted.filter(({ shown }) => !shown).length
  const message = `The ${wanted.length - needed} sources asked need ${needed} others, and one answer asks at most ${MAX_PLANNED} altogether; ask for fewer.`
  errors.push({ path, message })
}
