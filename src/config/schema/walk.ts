import type Type from 'typebox'
import type { Path } from '../text/problems.ts'

/** A part of the schema, with the keywords that are needed to follow a path. */
export interface SchemaPart {
  readonly type?: unknown
  readonly anyOf?: readonly SchemaPart[]
  readonly items?: SchemaPart
  readonly properties?: Readonly<Record<string, SchemaPart>>
  readonly patternProperties?: Readonly<Record<string, SchemaPart>>
  readonly literal?: boolean
  readonly secret?: boolean
}

/** The schemas that may apply to a member or an item; none below an unknown key. */
export function schemasBelow(schema: SchemaPart, step: string | number): readonly SchemaPart[] {
  if (schema.anyOf) return schema.anyOf.flatMap((branch) => schemasBelow(branch, step))
  if (typeof step === 'number') return schema.items ? [schema.items] : []
  const { properties = {}, patternProperties = {} } = schema
  const named = Object.hasOwn(properties, step) ? properties[step] : undefined
  const matching = Object.entries(patternProperties).filter(([pattern]) => new RegExp(pattern).test(step))
  return [...(named ? [named] : []), ...matching.map(([, value]) => value)]
}

/** The schemas that may apply at each step of a path, its end last. */
function schemasAlong(schema: Type.TSchema, path: Path): readonly (readonly SchemaPart[])[] {
  let schemas: readonly SchemaPart[] = [schema]
  const below = path.map((step) => {
    schemas = schemas.flatMap((part) => schemasBelow(part, step))
    return schemas
  })
  return [[schema], ...below]
}

/** Whether messages must never show the value at this path. */
export function isSecret(schema: Type.TSchema, path: Path): boolean {
  return schemasAlong(schema, path).some((parts) => parts.some(({ secret }) => secret === true))
}
