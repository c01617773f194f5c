import { type Check, compileGuard } from '../json/json-schema.ts'
import type { TemplateValue } from './template-value.ts'

/** Interprets the texts of a query by JSON Schema types. */

/** JSON numbers (RFC 8259, section 6). `0x10`, `+1` and ` 1` are not numbers. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** The types in a schema; empty if it has none. */
export function typesOf(schema: unknown): readonly string[] {
  const type = (schema as { type?: string | readonly string[] } | undefined)?.type
  return typeof type === 'string' ? [type] : (type ?? [])
}

/** The possible values of a text, in the order of `types`. Without types: string, number, boolean. */
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

/**
 * Returns a function that reads one item of a list: it uses the first type whose value matches the schema of that
 * position.
 */
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

/**
 * An item schema that contains references to the outer schema cannot be compiled alone. Only its types are used then.
 */
function itemOf(schema: unknown): Item {
  const types = typesOf(schema)
  try {
    return { types, check: compileGuard(schema as object | boolean) }
  } catch {
    return { types, check: () => [] }
  }
}

/** https://tc39.es/proposal-json-parse-with-source/; the types of TypeScript do not include it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/**
 * Converts a parameter value to JSON for a body. Values from a query are texts: if the schema does not allow a string,
 * a text becomes a number with all its digits (9007199254740993) or a boolean.
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
