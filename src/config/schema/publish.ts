import { UNIT_PATTERNS, type Unit } from '../text/units.ts'
import { OWN_KEYWORDS } from './keywords.ts'

type Schema = Readonly<Record<string, unknown>>

const OWN: ReadonlySet<string> = new Set(OWN_KEYWORDS)
const REFERENCE = { type: 'string', pattern: '\\$\\{[A-Za-z_]' }

/** The published schema, for editors: standard keywords only, and ${NAME} allowed wherever the service allows it. */
export function publishSchema(schema: Schema): Schema {
  const { description, ...rest } = publish(schema, false)
  const head = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Tributary configuration',
    description,
  }
  return { ...head, ...rest, $defs: { reference: REFERENCE } }
}

/** `literal`: no references here or below. */
function publish(schema: Schema, literal: boolean): Schema {
  const { unit, ...others } = schema
  const standard = Object.fromEntries(Object.entries(others).filter(([key]) => !OWN.has(key)))
  const closed = literal || schema.literal === true
  if (unit !== undefined) return withReference(quantity(unit as Unit, standard), closed)
  const children = Object.fromEntries(
    Object.entries(standard).map(([key, value]) => [key, publishIn(key, value, closed)]),
  )
  return isScalar(standard) ? withReference(children, closed) : children
}

function publishIn(key: string, value: unknown, literal: boolean): unknown {
  if (key === 'anyOf') return (value as Schema[]).map((branch) => publish(branch, literal))
  if (key === 'items') return publish(value as Schema, literal)
  if (key !== 'properties' && key !== 'patternProperties') return value
  return Object.fromEntries(
    Object.entries(value as Schema).map(([name, inner]) => [name, publish(inner as Schema, literal)]),
  )
}

function quantity(unit: Unit, { type: _, ...rest }: Schema): Schema {
  const text = { type: 'string', pattern: UNIT_PATTERNS[unit] }
  return unit === 'duration' ? { ...rest, anyOf: [text, { const: 0 }] } : { ...rest, ...text }
}

/** Whether the schema needs an alternative for ${NAME}, because it refuses such a string. */
function isScalar({ type, pattern, const: only, enum: some }: Schema): boolean {
  if (type === 'boolean' || type === 'integer' || type === 'number') return true
  return pattern !== undefined || only !== undefined || some !== undefined
}

function withReference(schema: Schema, literal: boolean): Schema {
  if (literal) return schema
  const { description, default: standard, examples, ...rest } = schema
  const annotations = { description, default: standard, examples }
  return {
    ...annotations,
    anyOf: [...(Array.isArray(rest.anyOf) ? rest.anyOf : [rest]), { $ref: '#/$defs/reference' }],
  }
}
