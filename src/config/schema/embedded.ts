import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'
import { suggest } from '../../core/known-names.ts'
import { compileExpression, type Expression, type ExpressionTree, readTree } from '../../json/jmespath.ts'
import { describeErrors, hasNames, newAjv } from '../../json/json-schema.ts'
import type { Path } from '../text/problems.ts'
import type { Scope } from './report.ts'

/** The two languages that a configuration embeds: JMESPath expressions and JSON Schema. */

/** In characters. Expressions that are written by hand are far shorter. */
const MAX_LENGTH = 10_000

/** Compiles the JMESPath expression at `path`. Returns null for an invalid one, after reporting it. */
export function readExpression(text: string, path: Path, scope: Scope): Expression | null {
  const { problem, warn, isFromEnvironment } = scope
  if (text.length > MAX_LENGTH) {
    problem(path, `is longer than ${MAX_LENGTH} characters; write a shorter expression`)
    return null
  }
  try {
    const expression = compileExpression(text)
    if (expression.maxWeight === 0) warn(path, MAY_NOT_END)
    return expression
  } catch (error) {
    problem(path, isFromEnvironment(path) ? 'is no valid JMESPath' : messageOf(error as Error))
    return null
  }
}

const MAY_NOT_END =
  'may take longer than any timeout, however small the data: each step may multiply what the one before yields, or a length comes from the data; write it with fewer steps'

/** The library's message quotes the expression, so it is cut and control characters are replaced. */
function messageOf({ message }: Error): string {
  // parser and interpreter recurse once for each level
  if (message.includes('call stack')) return 'is no valid JMESPath: it is nested too deeply'
  const line = message.replaceAll(/\p{Cc}/gu, '?')
  return line.length > 200 ? `${line.slice(0, 199)}…` : line
}

/** Like `readExpression`, for an optional key: null if it is absent. */
export function readOptional(text: string | undefined, path: Path, scope: Scope): Expression | null {
  return text === undefined ? null : readExpression(text, path, scope)
}

/** The syntax tree of an expression; null if it is absent or invalid. `readExpression` reports the latter. */
export function treeOf(text: string | undefined): ExpressionTree | null {
  try {
    return text === undefined ? null : readTree(text)
  } catch {
    return null
  }
}

/** A user's JSON Schema (draft 2020-12): its problems, or a check that returns why a value is invalid, or null. */
export type UserSchema =
  | { readonly problems: readonly string[] }
  | { readonly check: (value: unknown) => string | null }

interface Reader {
  readonly ajv: Ajv2020
  /** What the strict mode reported; emptied before each schema. */
  readonly found: string[]
}

const shared = newReader()

/** Compiles a user's JSON Schema, or returns all its problems as sentences. */
export function readUserSchema(schema: object): UserSchema {
  if (/"\$async":/.test(JSON.stringify(schema))) return { problems: ['"$async" is not supported; leave it out'] }
  const named = hasNames(schema)
  const { ajv, found } = named ? newReader() : shared
  found.length = 0
  const validate = compile(ajv, schema)
  if (!named) ajv.removeSchema(schema)
  if (typeof validate !== 'function') return { problems: validate }
  if (found.length > 0) return { problems: [...new Set(found)] }
  return {
    check: (value) => (validate(value) === true ? null : describe(validate.errors as ErrorObject[]).join(', ')),
  }
}

/** Returns problems if the schema is invalid. ajv throws for invalid patterns, formats and references. */
function compile(ajv: Ajv2020, schema: object): ValidateFunction | readonly string[] {
  try {
    if (ajv.validateSchema(schema) !== true) return describe(onePerPlace(ajv.errors as ErrorObject[]))
    return ajv.compile(schema)
  } catch (error) {
    return [(error as Error).message]
  }
}

/** Lets ajv's strict mode log its findings: by default it throws the first one, and the others are not reported. */
function newReader(): Reader {
  const found: string[] = []
  const warn = (message: unknown) => void found.push(describeLogged(String(message), ajv))
  const ajv: Ajv2020 = newAjv({ strictSchema: 'log', logger: { log: warn, warn, error: warn } })
  return { ajv, found }
}

function describeLogged(message: string, ajv: Ajv2020): string {
  const keyword = /unknown keyword: "(.*)"/.exec(message)?.[1]
  if (keyword === undefined) return message.replace(/^strict mode: /, '')
  return `"${keyword}" is no keyword of JSON Schema${suggest(keyword, Object.keys(ajv.RULES.keywords))}`
}

/** Keeps the first error at each place: the others are further branches of the same union. */
function onePerPlace(errors: readonly ErrorObject[]): ErrorObject[] {
  const places = errors.map(({ instancePath }) => instancePath)
  return errors.filter(({ instancePath }, index) => places.indexOf(instancePath) === index)
}

function describe(errors: readonly ErrorObject[]): string[] {
  return describeErrors(errors).map(({ path, message }) => (path === '' ? message : `${path} ${message}`))
}
