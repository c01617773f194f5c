import { isAny, type Kinds, union } from './kinds.ts'
import { exact, type Schema } from './schemas.ts'

/** Writes kinds as schemas. One that would be very large becomes that of any value. */

/** One schema for several kinds. */
export function schemaOf(kinds: Kinds): Schema {
  const each = union(kinds)
  const [only = {}] = each
  return each.length > 1 ? bounded({ anyOf: each }) : only
}

/** A list of these items; without any, the empty list. */
export function listOf(items: Kinds): Schema {
  if (items.length === 0) return { const: [] }
  const schema = schemaOf(items)
  return isAny(schema) ? { type: 'array' } : bounded({ type: 'array', items: schema })
}

/** An object with these members, and no others. */
export function objectOf(members: readonly (readonly [name: string, kinds: Kinds])[]): Schema {
  return bounded(exact(Object.fromEntries(members.map(([name, kinds]) => [name, schemaOf(kinds)]))))
}

const MAX_SIZE = 2000
const sizes = new WeakMap<object, number>()

/** Each step of `{a: @, b: @} | {a: @, b: @}` doubles the schema. */
function bounded(schema: Schema): Schema {
  return sizeOf(schema) > MAX_SIZE ? {} : schema
}

/** How many values it is written with. Parts that are shared count each time, and are visited once. */
function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  const known = sizes.get(value)
  if (known !== undefined) return known
  const size = Object.values(value).reduce((total: number, inner) => total + sizeOf(inner), 1)
  sizes.set(value, size)
  return size
}
