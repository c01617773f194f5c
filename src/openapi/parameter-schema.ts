import { isDeepStrictEqual } from 'node:util'
import type { Schema } from './schemas.ts'

/** Schemas of parameters in the document: without values that Swagger UI would send by default. */

/**
 * Members that Swagger UI enters into the field of a parameter. It then sends the value even if the source was not
 * selected, which is a 400. Descriptions name the default instead.
 */
const VALUES: ReadonlySet<string> = new Set(['default', 'example', 'examples'])

/** A schema without `VALUES`, and without its description, which becomes that of the parameter. */
export function withoutValues(schema: object): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !VALUES.has(key) && key !== 'description'))
}

/** Keywords whose meaning does not depend on other keywords. */
const ALONE = [
  ...['format', 'enum', 'const', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum'],
  ...['exclusiveMaximum', 'multipleOf', 'items', 'minItems', 'maxItems', 'uniqueItems'],
]

interface Typed {
  readonly schema: Schema
  /** The types that the schema allows, with references resolved. */
  readonly types: readonly string[]
}

/**
 * One schema for a parameter that several sources take: the keywords that all of them have. `anyOf` would be more
 * exact, but Swagger UI shows it as `integer | (integer | integer)`.
 */
export function commonSchema(all: readonly Typed[]): Schema {
  const [first = { schema: {} as Schema }, ...others] = all
  if (others.every(({ schema }) => isDeepStrictEqual(schema, first.schema))) return first.schema
  const types = all.some((one) => one.types.length === 0) ? [] : [...new Set(all.flatMap((one) => one.types))]
  const agreed = ALONE.filter(
    (key) => key in first.schema && others.every(({ schema }) => isDeepStrictEqual(schema[key], first.schema[key])),
  )
  return {
    ...(types.length === 0 ? {} : { type: types.length === 1 ? types[0] : types }),
    ...Object.fromEntries(agreed.map((key) => [key, first.schema[key]])),
  }
}
