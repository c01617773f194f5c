import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'
import { suggest } from '../../core/known-names.ts'
import { compileExpression, type Expression, type ExpressionTree, readTree } from '../../json/jmespath.ts'
import { describeErrors, hasNames, newAjv } from '../../json/json-schema.ts'
import type { Scope } from '../report.ts'
import type { Path } from '../text/problems.ts'

/** The two languages that a configuration embeds: JMESPath expressions and JSON Schema. */

/** In characters. Expressions that are written by hand are far shorter. */
const MAX_LENGTH = 10_000

/** Compiles a JMESPath expression that is written at `path`. Null if it is wrong, which is reported. */
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

/** The message quotes the text, which may be long and hold anything. */
function messageOf({ message }: Error): string {
  // parser and interpreter recurse once for each level
  if (message.includes('call stack')) return 'is no valid JMESPath: it is nested too deeply'
  const line = message.replaceAll(/\p{Cc}/gu, '?')
  return line.length > 200 ? `${line.slice(0, 199)}…` : line
}

/** The same for an expression that need not be written. */
export function readOptional(text: string | undefined, path: Path, scope: Scope): Expression | null {
  return text === undefined ? null : readExpression(text, path, scope)
}

/** What an expression is made of; null if there is none, or if it is wrong, which `readExpression` reports. */
export function treeOf(text: string | undefined): ExpressionTree | null {
  try {
    return text === undefined ? null : readTree(text)
  } catch {
    return null
  }
}

/** A JSON Schema of the user's (draft 2020-12): all that is wrong with it, or a check whether a value fits. */
export type UserSchema =
  | { readonly problems: readonly string[] }
  | { readonly check: (value: unknown) => string | null }

interface Reader {
  readonly ajv: Ajv2020
  /** What the strict mode reported; emptied before each schema. */
  readonly found: string[]
}

const shared = newReader()

/** Reads a JSON Schema, and reports all that is wrong with it as sentences. */
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

/** Returns problems instead of a validator where the schema is wrong. ajv throws for wrong patterns, formats and references. */
function compile(ajv: Ajv2020, schema: object): ValidateFunction | readonly string[] {
  try {
    if (ajv.validateSchema(schema) !== true) return describe(onePerPlace(ajv.errors as ErrorObject[]))
    return ajv.compile(schema)
  } catch (error) {
    return [(error as Error).message]
  }
}

/** Lets ajv log what its strict mode finds instead of throwing the first, so that all of it is reported. */
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
