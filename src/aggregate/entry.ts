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

/** What one request asks of an entry: its parameters, read and checked. */
export interface Asked {
  readonly entry: Entry
  readonly params: Readonly<Record<string, TemplateValue | undefined>>
  /** What a client calls this part of its request, as the start of an error's path; `requests[0].params.` for one. */
  readonly errorPath: string
}

/** The entry of a source that goes by its own name. */
export function entryOf(source: Source): Entry {
  return { key: source.id, source, fixed: {}, required: source.facts.required }
}
