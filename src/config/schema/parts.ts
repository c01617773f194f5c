import Type from 'typebox'
import type { Unit } from '../text/units.ts'

/**
 * What the schema is made of. Four keywords are ours, understood by validate.ts and left out of what is published:
 * `unit` (a duration or size), `expects` and
 * `keys` (what a value or a key of a map should be, for messages), `literal` (no ${NAME} in it or below).
 */
export interface Options {
  readonly description: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly expects?: string
  readonly literal?: boolean
  readonly minProperties?: number
}

// A plain name in JMESPath, so `shape` needs no quotes. `claims` and `params` name other data in expressions.
export const ID_PATTERN = '^(?!(claims|params)$)[A-Za-z][A-Za-z0-9_]{0,62}$'
export const ID_RULE =
  'an id: a letter, then letters, digits and "_", 63 in all at most (and neither "claims" nor "params")'
// These names become keys of plain objects, where `__proto__` is special.
export const NAME_PATTERN = '^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]{0,62}$'
export const NAME_RULE =
  'a name: a letter or "_", then letters, digits and "_", 63 in all at most (RFC 6570 names hold no hyphen: write ?api-key={key})'

const quantity = (unit: Unit) => (options: Options) =>
  Type.Unsafe<string | number>({ type: ['string', 'number'], unit, ...options })

/** A duration with its unit, or 0. */
export const duration = quantity('duration')
/** A duration above 0. */
export const timeout = quantity('timeout')
/** A size above 0 with its unit. */
export const size = quantity('size')

export const flag = (options: Options) => Type.Boolean({ expects: 'true or false', ...options })
export const count = (minimum: number, options: Options) => Type.Integer({ minimum, ...options })
export const between = (minimum: number, maximum: number, options: Options) =>
  Type.Integer({ minimum, maximum, ...options })

interface Bounds {
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
}
export const number = (bounds: Bounds, options: Options) => Type.Number({ ...bounds, ...options })

/** One of these texts. */
export const oneOf = <const T extends readonly string[]>(texts: T, options: Options) =>
  Type.Unsafe<T[number]>({
    type: 'string',
    enum: texts,
    expects: `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`,
    ...options,
  })

export const description = (of: string) =>
  Type.String({
    description: `What ${of} is, in words, for documents and /sources.`,
    examples: ['Current weather by city'],
    literal: true,
  })

const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()], {
  expects: 'a string, a number, true or false',
})

/** What RFC 6570 can expand: a scalar, a list or a map of scalars. */
export const templateValue = Type.Union([scalar, Type.Array(scalar), Type.Record(Type.String(), scalar)], {
  expects: 'a string, a number, true or false, or a list or map of these',
})

/** A map whose keys are ids. */
export const byId = <T extends Type.TSchema>(value: T, options: Options) =>
  Type.Record(Type.String({ pattern: ID_PATTERN }), value, {
    additionalProperties: false,
    keys: ID_RULE,
    ...options,
  })

/** A map whose keys are names that a template can hold. */
export const byName = <T extends Type.TSchema>(value: T, options: Options) =>
  Type.Record(Type.String({ pattern: NAME_PATTERN }), value, {
    additionalProperties: false,
    keys: NAME_RULE,
    ...options,
  })

export const block = <T extends Type.TProperties>(properties: T, options: Options) =>
  Type.Object(properties, { additionalProperties: false, ...options })

/** A block that `false` switches off. */
export const switchable = <T extends Type.TSchema>(of: T, { description, ...options }: Options) =>
  Type.Union([of, Type.Literal(false)], {
    description: `${description} \`false\` switches it off.`,
    expects: 'a map, or false',
    ...options,
  })

/** Adds the defaults of the schema to what is written, so that each default is written once. */
export function withDefaults<T extends object>(properties: Type.TProperties, written: T): Required<T> {
  const defaults = Object.entries(properties).flatMap(([key, schema]) =>
    'default' in schema ? [[key, schema.default] as const] : [],
  )
  return { ...Object.fromEntries(defaults), ...written } as Required<T>
}
