import { type Check, compileGuard } from '../json-schema.ts'

/** What the texts of a query can stand for, by the JSON Schema that they are to fit. */

/** RFC 8259, section 6: so `0x10`, `+1` and ` 1` are no numbers. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** The types that a schema names; none where it names none. */
export function typesOf(schema: unknown): readonly string[] {
  const type = (schema as { type?: string | readonly string[] } | undefined)?.type
  return typeof type === 'string' ? [type] : (type ?? [])
}

/** What a text can be taken for, in the order of the types; without types, whatever it looks like. */
export function readings(text: string, types: readonly string[]): readonly unknown[] {
  const wanted = types.length === 0 ? ['string', 'number', 'boolean'] : types
  return wanted.flatMap((type): unknown[] => {
    if (type === 'string') return [text]
    if (type === 'boolean') return text === 'true' || text === 'false' ? [text === 'true'] : []
    return (type === 'number' || type === 'integer') && NUMBER.test(text) ? [Number(text)] : []
  })
}

interface ListSchema {
  readonly items?: unknown
  readonly prefixItems?: readonly unknown[]
}

interface Item {
  readonly types: readonly string[]
  readonly check: Check
}

/** Reads one item of a list, as the first type with which it fits the schema of its place. */
export function itemReader(schema: object): (text: string, index: number) => unknown {
  const { items, prefixItems = [] } = schema as ListSchema
  const first = prefixItems.map(itemOf)
  const rest = itemOf(items ?? true)
  return (text, index) => {
    const { types, check } = first[index] ?? rest
    const read = readings(text, types)
    return read.find((reading) => check(reading).length === 0) ?? read[0] ?? text
  }
}

/** A schema that stands on its own is compiled; one that refers to its surroundings is gone by its types alone. */
function itemOf(schema: unknown): Item {
  const types = typesOf(schema)
  try {
    return { types, check: compileGuard(schema as object | boolean) }
  } catch {
    return { types, check: () => [] }
  }
}
