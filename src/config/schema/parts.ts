import Type from 'typebox'
import { MAX_NAME_LENGTH } from '../../core/limits.ts'
import type { Unit } from '../text/units.ts'
import type { OwnKeywords } from './keywords.ts'

/** The building blocks of the configuration schema. */

/** Options of every part of the schema. */
export interface Options extends OwnKeywords {
  /** Without the default of a scalar or list, which is added. `{range}` stands for the bounds of a number. */
  readonly description: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly minProperties?: number
}

interface Bounds {
  readonly pattern?: string
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
}

const LETTERS = `letters, digits and "_", ${MAX_NAME_LENGTH} in all at most`
// A plain name in JMESPath, so `shape` needs no quotes. `claims` and `params` name other data in expressions.
export const ID_PATTERN = `^(?!(claims|params)$)[A-Za-z][A-Za-z0-9_]{0,${MAX_NAME_LENGTH - 1}}$`
/** What ID_PATTERN allows, as the end of "must be …". */
export const ID_RULE = `an id: a letter, then ${LETTERS} (and neither "claims" nor "params")`
// These names become keys of plain objects, where `__proto__` is special.
export const NAME_PATTERN = `^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]{0,${MAX_NAME_LENGTH - 1}}$`
/** What NAME_PATTERN allows, as the end of "must be …". */
export const NAME_RULE = `a name: a letter or "_", then ${LETTERS} (RFC 6570 names hold no hyphen: write ?api-key={key})`

/** Adds the bounds and the default to the description, so that they are written only once. */
function described(options: Options & Bounds) {
  const { description, default: standard } = options
  const text = description.replace('{range}', rangeOf(options))
  return { ...options, description: standard === undefined ? text : `${text} ${defaultText(standard)}` }
}

function rangeOf({ minimum, exclusiveMinimum, maximum }: Bounds): string {
  return exclusiveMinimum === undefined ? `${minimum} to ${maximum}` : `above ${exclusiveMinimum} to ${maximum}`
}

function defaultText(standard: unknown): string {
  return Array.isArray(standard) && standard.length === 0 ? 'Default: none.' : `Default ${standard}.`
}

const quantity = (unit: Unit) => (options: Options) =>
  Type.Unsafe<string | number>({ type: ['string', 'number'], unit, ...described(options) })

/** A duration with its unit, or 0. */
export const duration = quantity('duration')
/** A duration above 0. */
export const timeout = quantity('timeout')
/** A size above 0 with its unit. */
export const size = quantity('size')

/** `true` or `false`. */
export const flag = (options: Options) => Type.Boolean({ expects: 'true or false', ...described(options) })
/** A whole number. */
export const integer = (options: Options & Bounds) => Type.Integer(described(options))
/** A whole number that is at least `minimum`. */
export const count = (minimum: number, options: Options) => integer({ minimum, ...options })
/** A whole number from `minimum` to `maximum`. */
export const between = (minimum: number, maximum: number, options: Options) => integer({ minimum, maximum, ...options })
/** A number within bounds. */
export const number = (bounds: Bounds, options: Options) => Type.Number(described({ ...bounds, ...options }))
/** A string. */
export const text = (options: Options & Bounds) => Type.String(described(options))
/** A list. */
export const list = <T extends Type.TSchema>(item: T, options: Options) => Type.Array(item, described(options))

/** Joins texts as in `json, text or xml`. */
export function either(texts: readonly string[]): string {
  return `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`
}

/** One of these texts. */
export const oneOf = <const T extends readonly string[]>(texts: T, options: Options) =>
  Type.Unsafe<T[number]>({
    type: 'string',
    enum: texts,
    expects: either(texts),
    ...described(options),
  })

/** The key `description`. */
export const description = (of: string) =>
  text({
    description: `A sentence about ${of}, for documents and /sources.`,
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

const map = (pattern: string, keys: string) => {
  return <T extends Type.TSchema>(value: T, options: Options) =>
    Type.Record(Type.String({ pattern }), value, { additionalProperties: false, keys, ...options })
}

/** A map whose keys are ids. */
export const byId = map(ID_PATTERN, ID_RULE)
/** A map whose keys are names that a template can hold. */
export const byName = map(NAME_PATTERN, NAME_RULE)

/** A map with these keys and no others. */
export const block = <T extends Type.TProperties>(properties: T, options: Options) =>
  Type.Object(properties, { additionalProperties: false, ...options })

/** Keys that need not be written. */
export function optional<T extends Type.TProperties>(properties: T) {
  const entries = Object.entries(properties).map(([key, schema]) => [key, Type.Optional(schema)])
  return Object.fromEntries(entries) as { [K in keyof T]: Type.TOptional<T[K]> }
}

/** A block that `false` switches off. */
export const switchable = <T extends Type.TSchema>(of: T, { description, ...options }: Options) =>
  Type.Union([of, Type.Literal(false)], {
    description: `${description} \`false\` switches it off.`,
    expects: 'a map, or false',
    ...options,
  })
