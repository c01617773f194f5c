import { isDeepStrictEqual } from 'node:util'
import type { Schema } from './schemas.ts'

/** Schemas of parameters as the document shows them: without values that Swagger UI would send by itself. */

/**
 * Members that Swagger UI puts into the box of a parameter. A value there is sent, also where its source was not chosen,
 * which is a 400. Descriptions say the default instead.
 */
const VALUES: ReadonlySet<string> = new Set(['default', 'example', 'examples'])

/** A schema without these members and without its description, which is the parameter's. */
export function withoutValues(schema: object): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !VALUES.has(key) && key !== 'description'))
}

/** Keywords that mean the same whatever stands beside them. */
const ALONE = [
  ...['format', 'enum', 'const', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum'],
  ...['exclusiveMaximum', 'multipleOf', 'items', 'minItems', 'maxItems', 'uniqueItems'],
]

interface Typed {
  readonly schema: Schema
  /** The types that it names, also where it stands behind a reference. */
  readonly types: readonly string[]
}

/**
 * One schema for a parameter that several sources take: what all of them say. `anyOf` would say more, but pages show it as
 * `integer | (integer | integer)`.
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
