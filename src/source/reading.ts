import { type Check, compileGuard } from '../json/json-schema.ts'
import type { TemplateValue } from './template-value.ts'

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

/** https://tc39.es/proposal-json-parse-with-source/, which TypeScript's library does not know yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/**
 * The JSON that a parameter's value stands for in a body. Values from a query are texts: one that cannot be meant as a
 * string becomes the number as it was written (9007199254740993 keeps its digits) or the boolean that it says.
 */
export function jsonOf(value: TemplateValue, schema: unknown): unknown {
  if (typeof value === 'string') return jsonOfText(value, typesOf(schema))
  if (!Array.isArray(value)) return value
  const { items, prefixItems = [] } = (schema ?? {}) as ListSchema
  return value.map((item: TemplateValue, index) =>
    jsonOf(item, index < prefixItems.length ? prefixItems[index] : items),
  )
}

function jsonOfText(text: string, types: readonly string[]): unknown {
  if (types.length === 0 || types.includes('string')) return text
  if ((types.includes('number') || types.includes('integer')) && NUMBER.test(text)) return rawJSON(text)
  return types.includes('boolean') && (text === 'true' || text === 'false') ? text === 'true' : text
}
