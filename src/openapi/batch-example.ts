import type { Batch, BatchRequest } from '../aggregate/batch.ts'
import { type Entry, type Menu, withNeeds } from '../aggregate/menu.ts'
import type { Parameter } from '../source/parameter.ts'
import type { TemplateValue } from '../source/template.ts'
import { anyValue, shownValue } from './sample.ts'

/** The example of a batch, which Swagger UI sends as it is: of the sources that are configured, with valid values. */

/** Of the requests: each source may be asked several times, so that ids are not sources' names. */
const IDS = ['first', 'second']

interface Filled {
  readonly source: string
  readonly params: Readonly<Record<string, TemplateValue>>
  /** How well it serves as an example; 0 is best. */
  readonly rank: number
}

/** Two requests, each with an id and params; of one source where only one serves. */
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

/** The entries that it asks, under the ids of its requests. */
export function entriesOf({ requests }: Batch, { entries }: Menu): readonly Entry[] {
  return requests.flatMap(({ id = '', source }) =>
    entries.filter(({ key }) => key === source).map((entry) => ({ ...entry, key: id })),
  )
}

/** A request of a source with the values that there are to show, for what it needs too. */
function filled(entry: Entry, menu: Menu): Filled {
  const parameters = withNeeds([entry], menu).flatMap((wanted) => [...wanted.entry.source.parameters.values()])
  const values = parameters.map((parameter) => [parameter, valueFor(parameter)] as const)
  const missing = values.some(([parameter, value]) => isNeeded(parameter) && value === undefined)
  const given = values.flatMap(([{ name }, value]) => (value === undefined ? [] : [[name, value] as const]))
  return { source: entry.key, params: Object.fromEntries(given), rank: missing ? 2 : given.length > 0 ? 0 : 1 }
}

function valueFor(parameter: Parameter): TemplateValue | undefined {
  return isNeeded(parameter) ? anyValue(parameter) : shownValue(parameter)
}

function isNeeded(parameter: Parameter): boolean {
  return parameter.required && parameter.default === undefined
}
