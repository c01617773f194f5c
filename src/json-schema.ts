import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

/** Says everything that is wrong with a value, as `path: what`; an empty list means that it fits. */
export type Check = (value: unknown) => readonly SchemaProblem[]

export interface SchemaProblem {
  /** Where in the value: `requests[0].id`; empty for the value itself. */
  readonly path: string
  readonly message: string
}

// ajv-formats is CommonJS: its default export is its module
const addFormats = formats as unknown as (ajv: Ajv2020) => void

/**
 * Compiles a JSON Schema (draft 2020-12) to a check. Values are never changed: no defaults, no coercion, no key removed.
 * Throws where the schema itself is wrong.
 */
export function compileSchema(schema: object): Check {
  const validate = newAjv().compile(schema)
  return (value) => (validate(value) ? [] : describeErrors(validate.errors ?? []))
}

/** Whether a value fits, without saying why not. */
export function compilePredicate(schema: object): (value: unknown) => boolean {
  const validate = newAjv(false).compile(schema)
  return (value) => validate(value) === true
}

/** An ajv that reports everything and changes nothing. */
export function newAjv(allErrors = true): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors,
    strictTuples: false,
    strictTypes: false,
    allowUnionTypes: true,
    useDefaults: false,
  })
  addFormats(ajv)
  return ajv
}

/** ajv's errors in our words. */
export function describeErrors(
  errors: readonly Pick<ErrorObject, 'instancePath' | 'message' | 'params'>[],
): readonly SchemaProblem[] {
  return errors.map((error) => ({ path: dotted(error.instancePath), message: describe(error) }))
}

/** A JSON pointer as people write it: `/requests/0/id` is `requests[0].id`. */
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

/** ajv's own sentence leaves out the keys and values that it is about. */
function describe(error: Pick<ErrorObject, 'message' | 'params'>): string {
  const { additionalProperty, allowedValues, allowedValue } = error.params as Record<string, unknown>
  if (additionalProperty !== undefined) return `has an unknown key "${String(additionalProperty)}"`
  if (Array.isArray(allowedValues))
    return `must be one of ${allowedValues.map((value) => JSON.stringify(value)).join(', ')}`
  if (allowedValue !== undefined) return `must be ${JSON.stringify(allowedValue)}`
  return error.message ?? 'is not valid'
}
