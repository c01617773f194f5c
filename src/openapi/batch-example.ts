import type { Batch, BatchRequest } from '../aggregate/batch.ts'
import { type Entry, type Menu, withNeeds } from '../aggregate/menu.ts'
import type { Parameter } from '../source/parameter.ts'
import type { TemplateValue } from '../source/template.ts'
import { anyValue, shownValue } from './sample.ts'

/** The example of a batch. Swagger UI sends it unchanged, so it uses configured sources and valid values. */

/** Ids of requests. They are not ids of sources, to show that a batch may call a source several times. */
const IDS = ['first', 'second']

interface Filled {
  readonly source: string
  readonly params: Readonly<Record<string, TemplateValue>>
  /** How well it serves as an example; 0 is best. */
  readonly rank: number
}

/** Two requests, each with an id and params; both to the same source if only one is suitable. */
export function batchExample(menu: Menu): Batch {
  const ranked = menu.entries.map((entry) => filled(entry, menu)).toSorted((a, b) => a.rank - b.rank)
  const [best = { source: 'source', params: {}, rank: 0 }] = ranked
  const chosen = ranked.filter(({ rank }) => rank === best.rank)
  const requests = IDS.map((id, index): BatchRequest => {
    const { source, params } = chosen[index % chosen.length] ?? best
    return { id, source, params }
  })
  return { requests }
}

/** The entries of a batch, with the ids of its requests as keys. */
export function entriesOf({ requests }: Batch, { entries }: Menu): readonly Entry[] {
  return requests.flatMap(({ id = '', source }) =>
    entries.filter(({ key }) => key === source).map((entry) => ({ ...entry, key: id })),
  )
}

/** A request to a source, with example values for its parameters and those of the sources that it needs. */
function filled(entry: Entry, menu: Menu): Filled {
  const parameters = withNeeds([entry], menu).flatMap((wanted) => [...wanted.entry.source.parameters.values()])
  const values = parameters.map((parameter) => [parameter, valueFor(parameter)] as const)
  const missing = values.some(([parameter, value]) => isNeeded(parameter) && value === undefined)
  const given = values.flatMap(([{ clientName }, value]) => (value === undefined ? [] : [[clientName, value] as const]))
  return { source: entry.key, params: Object.fromEntries(given), rank: missing ? 2 : given.length > 0 ? 0 : 1 }
}

function valueFor(parameter: Parameter): TemplateValue | undefined {
  return isNeeded(parameter) ? anyValue(parameter) : shownValue(parameter)
}

function isNeeded(parameter: Parameter): boolean {
  return parameter.required && parameter.default === undefined
}
