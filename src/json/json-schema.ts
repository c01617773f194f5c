import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { describeErrors, type SchemaProblem } from './json-schema-messages.ts'

export { schemaSteps } from './json-schema-cost.ts'
export { describeErrors, type SchemaProblem } from './json-schema-messages.ts'

/** Says everything that is wrong with a value, as `path: what`; an empty list means that it fits. */
export type Check = (value: unknown) => readonly SchemaProblem[]

// ajv-formats is CommonJS: its default export is its module
const addFormats = formats as unknown as (ajv: Ajv2020) => void

/**
 * Compiles a JSON Schema (draft 2020-12) to a check. Values are never changed: no defaults, no coercion, no key removed.
 * Throws where the schema itself is wrong.
 */
export function compileSchema(schema: object | boolean): Check {
  const validate = compile(schema, reporting)
  return (value) => (validate(value) ? [] : describeErrors(validate.errors as ErrorObject[]))
}

/**
 * Like `compileSchema`, for values that anybody can send: it stops at the first thing that is wrong. A bound of the
 * length then guards a pattern, which `allErrors` would try on a text of any length.
 */
export function compileGuard(schema: object | boolean): Check {
  const validate = compile(schema, deciding)
  return (value) => (validate(value) ? [] : describeErrors(validate.errors as ErrorObject[]))
}

/** An ajv that reports everything and changes nothing; `more` are options of its own. */
export function newAjv(more: Options = {}): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    strictTuples: false,
    strictTypes: false,
    strictRequired: false,
    allowUnionTypes: true,
    useDefaults: false,
    ...more,
  })
  addFormats(ajv)
  return withLinearUniqueItems(ajv)
}

/**
 * ajv compares each item with each other one where they are no scalars of one declared type: a list of 60 KB then blocks
 * the process for a second. This compares what the items are written as, keys in order.
 */
function withLinearUniqueItems(ajv: Ajv2020): Ajv2020 {
  return ajv.removeKeyword('uniqueItems').addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (unique: boolean, items: readonly unknown[]) =>
      !unique || new Set(items.map((item) => JSON.stringify(item, inOrder))).size === items.length,
    error: { message: 'must NOT have duplicate items' },
  })
}

/** For JSON.stringify: members in the order of their keys. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Whether a schema holds names, which an instance would keep for the next one that it compiles. */
export function hasNames(schema: object | boolean): boolean {
  return /"\$(?:id|anchor|dynamicAnchor)":/.test(JSON.stringify(schema))
}

// An instance takes 10 ms to make, a compilation 0.2: these two serve every schema without names of its own.
const reporting = newAjv()
const deciding = newAjv({ allErrors: false })

function compile(schema: object | boolean, shared: Ajv2020): ValidateFunction {
  if (hasNames(schema)) return newAjv({ allErrors: shared === reporting }).compile(schema)
  const validate = shared.compile(schema)
  // `true` and `false` are schemas too, but none that is kept
  if (typeof schema === 'object') shared.removeSchema(schema)
  return validate
}
