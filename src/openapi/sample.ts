import type { Parameter } from '../source/parameter.ts'
import { typesOf } from '../source/reading.ts'
import type { TemplateValue } from '../source/template.ts'

/** Valid values of parameters, for examples. */

/** A value from the configuration: the default, an example, or a value of `enum`. Undefined if there is none. */
export function shownValue(parameter: Parameter): TemplateValue | undefined {
  const { examples, const: only, enum: choices } = parameter.schema as Record<string, unknown>
  return firstValid(parameter, [parameter.default, ...listOf(examples), only, ...listOf(choices)])
}

/** The same, else a value made from the schema. Undefined if that is not valid. */
export function anyValue(parameter: Parameter): TemplateValue | undefined {
  return shownValue(parameter) ?? firstValid(parameter, [madeUp(parameter.schema)])
}

function firstValid(parameter: Parameter, values: readonly unknown[]): TemplateValue | undefined {
  for (const value of values) {
    if (value === undefined || value === null) continue
    const read = parameter.fromJson(value)
    if ('value' in read) return read.value
  }
  return undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Valid strings by format (RFC 3339, 5322, 9562, 3986). */
const TEXTS: Readonly<Record<string, string>> = {
  date: '2026-01-01',
  time: '12:00:00Z',
  'date-time': '2026-01-01T12:00:00Z',
  email: 'name@example.com',
  uuid: '6f1c1c9e-3b57-4b1a-9f53-0a1c2d3e4f50',
  uri: 'https://example.com/',
}

function madeUp(schema: object): unknown {
  const said = schema as Readonly<Record<string, unknown>>
  const [type] = typesOf(schema)
  if (type === 'boolean') return true
  if (type === 'integer' || type === 'number') return lowest(said)
  if (type === 'array') return [madeUp((said.items ?? {}) as object)]
  return TEXTS[String(said.format)] ?? 'x'.repeat(Math.max(1, Number(said.minLength ?? 1)))
}

function lowest({ minimum, exclusiveMinimum, maximum, multipleOf = 1 }: Readonly<Record<string, unknown>>): number {
  const bound = minimum ?? (exclusiveMinimum === undefined ? undefined : Number(exclusiveMinimum) + 1)
  const step = Number(multipleOf)
  return Math.ceil(Number(bound ?? Math.min(1, Number(maximum ?? 1))) / step) * step
}
