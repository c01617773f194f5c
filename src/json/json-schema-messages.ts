import type { ErrorObject } from 'ajv/dist/2020.js'
import { quoteName } from '../core/known-names.ts'

export interface SchemaProblem {
  /** Where in the value: `requests[0].id`; empty for the value itself. */
  readonly path: string
  /** The end of a sentence that begins with the value: `must be an integer`. It never holds the value. */
  readonly message: string
}

/** The members of an ajv error that messages need. */
type SchemaError = Pick<ErrorObject, 'instancePath' | 'message' | 'params'> & { readonly keyword?: string }

/** ajv's errors in our words. */
export function describeErrors(errors: readonly SchemaError[]): readonly SchemaProblem[] {
  return errors.map((error) => ({ path: dotted(error.instancePath), message: describe(error) }))
}

/** Converts a JSON pointer to a path for people: `/requests/0/id` becomes `requests[0].id`. */
function dotted(pointer: string): string {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return steps
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
}

/** The parameters of ajv's errors, each of its own keyword. */
interface Params {
  readonly type?: string | readonly string[]
  readonly limit?: number
  readonly multipleOf?: number
  readonly pattern?: string
  readonly format?: string
  readonly missingProperty?: string
  readonly additionalProperty?: string
  readonly unevaluatedProperty?: string
  readonly allowedValues?: readonly unknown[]
  readonly allowedValue?: unknown
}

const MESSAGES: Readonly<Record<string, (params: Params) => string>> = {
  type: ({ type = [] }) => `must be ${[type].flat().join(',').split(',').map(typeWords).join(' or ')}`,
  minLength: ({ limit }) => `must have at least ${counted(limit, 'character')}`,
  maxLength: ({ limit }) => `must have at most ${counted(limit, 'character')}`,
  minItems: ({ limit }) => `must have at least ${counted(limit, 'item')}`,
  maxItems: ({ limit }) => `must have at most ${counted(limit, 'item')}`,
  minProperties: ({ limit }) => `must have at least ${counted(limit, 'member')}`,
  maxProperties: ({ limit }) => `must have at most ${counted(limit, 'member')}`,
  minimum: ({ limit }) => `must be at least ${limit}`,
  maximum: ({ limit }) => `must be at most ${limit}`,
  exclusiveMinimum: ({ limit }) => `must be greater than ${limit}`,
  exclusiveMaximum: ({ limit }) => `must be less than ${limit}`,
  multipleOf: ({ multipleOf }) => `must be a multiple of ${multipleOf}`,
  pattern: ({ pattern }) => `must match the pattern ${pattern}`,
  format: ({ format }) => `must have the format "${format}"`,
  required: ({ missingProperty }) => `must have a member "${missingProperty}"`,
  additionalProperties: ({ additionalProperty = '' }) => `has an unknown member ${quoteName(additionalProperty)}`,
  unevaluatedProperties: ({ unevaluatedProperty = '' }) => `has an unknown member ${quoteName(unevaluatedProperty)}`,
  enum: ({ allowedValues = [] }) => `must be one of ${allowedValues.map((value) => JSON.stringify(value)).join(', ')}`,
  const: ({ allowedValue }) => `must be ${JSON.stringify(allowedValue)}`,
  uniqueItems: () => 'must not hold the same item twice',
  anyOf: () => 'must have one of the allowed forms',
  oneOf: () => 'must have exactly one of the allowed forms',
  not: () => 'must not have the form that is excluded',
  'false schema': () => 'is not allowed',
}

/** ajv's own sentence leaves out the keys and values that it is about. */
function describe({ keyword = '', params, message }: SchemaError): string {
  return MESSAGES[keyword]?.(params as Params) ?? String(message).replace('must NOT', 'must not')
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'an integer',
  number: 'a number',
  object: 'an object',
  string: 'a string',
}

function typeWords(type: string): string {
  return TYPES[type] ?? type
}

function counted(limit: number | undefined, unit: string): string {
  return `${limit} ${unit}${limit === 1 ? '' : 's'}`
}
