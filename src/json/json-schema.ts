import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { describeErrors, type SchemaProblem } from './json-schema-messages.ts'

export { schemaSteps } from './json-schema-cost.ts'
export { describeErrors, type SchemaProblem } from './json-schema-messages.ts'

/** Validates a value. Returns its problems; an empty list means that it is valid. */
export type Check = (value: unknown) => readonly SchemaProblem[]

// ajv-formats is CommonJS: its default export is its module
const addFormats = formats as unknown as (ajv: Ajv2020) => void

/**
 * Compiles a JSON Schema (draft 2020-12) to a check. Values are never changed: no defaults, no coercion, no key is
 * removed. Throws if the schema itself is invalid.
 */
export function compileSchema(schema: object | boolean): Check {
  const validate = compile(schema, reporting)
  return (value) => (validate(value) ? [] : describeErrors(validate.errors as ErrorObject[]))
}

/**
 * Like `compileSchema`, for untrusted values: it stops at the first error. So `maxLength` protects `pattern`, which
 * `allErrors` would run on a string of any length.
 */
export function compileGuard(schema: object | boolean): Check {
  const validate = compile(schema, deciding)
  return (value) => (validate(value) ? [] : describeErrors(validate.errors as ErrorObject[]))
}

/** Lists where a value does not fit, as JSON pointers (RFC 6901), each once; empty if it fits. */
export type Locate = (value: unknown) => readonly string[]

/** The most places that are listed. */
export const MAX_POINTERS = 10

/**
 * Compiles a JSON Schema to a function that lists where a value does not fit: the first place only, or with `all` up to
 * MAX_POINTERS. `all` is for small values: ajv makes an object for each error.
 */
export function compileLocate(schema: object | boolean, all: boolean): Locate {
  const guard = compile(schema, deciding)
  const report = all ? compile(schema, reporting) : guard
  return (value) => {
    if (guard(value)) return []
    if (report !== guard) report(value)
    const pointers = new Set((report.errors as ErrorObject[]).map(pointerOf))
    return [...pointers].slice(0, MAX_POINTERS)
  }
}

/** A missing member is where it should be. */
function pointerOf({ instancePath, params }: ErrorObject): string {
  const { missingProperty } = params as { readonly missingProperty?: string }
  if (missingProperty === undefined) return instancePath
  return `${instancePath}/${missingProperty.replaceAll('~', '~0').replaceAll('/', '~1')}`
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
 * Replaces ajv's `uniqueItems`, which is quadratic unless all items are scalars of one declared type: a list of 60 KB
 * blocks the process for a second. This one compares the JSON texts of the items, with sorted keys.
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

/** A replacer for JSON.stringify that sorts members by key. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Whether a schema declares ids or anchors. An ajv instance keeps them, and the next schema would see them. */
export function hasNames(schema: object | boolean): boolean {
  return /"\$(?:id|anchor|dynamicAnchor)":/.test(JSON.stringify(schema))
}

// An instance takes 10 ms to make, a compilation 0.2: these two serve every schema without names of its own.
const reporting = newAjv()
const deciding = newAjv({ allErrors: false })

function compile(schema: object | boolean, shared: Ajv2020): ValidateFunction {
  if (hasNames(schema)) return newAjv({ allErrors: shared === reporting }).compile(schema)
  const validate = shared.compile(schema)
  // ajv does not keep the schemas `true` and `false`
  if (typeof schema === 'object') shared.removeSchema(schema)
  return validate
}
