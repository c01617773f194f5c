import type { ErrorObject } from 'ajv/dist/2020.js'
import { MAX_SUGGESTED, nearest, suggest } from '../../core/known-names.ts'
import { MAX_NAME_LENGTH } from '../../core/limits.ts'
import { type Finding, type Path, quote } from '../text/problems.ts'
import { type BlockSchema, exampleOf, flow, guess, spellingOf } from './hints.ts'

/** Whether a message may show the value that it is about. */
interface Value {
  readonly isFromEnvironment: boolean
  readonly isSecret: boolean
}

/** Converts an ajv error into a message, at the path of the invalid key. */
export function describeError(error: ErrorObject, path: Path, value: Value): Finding {
  const { additionalProperty, missingProperty } = error.params as Record<string, string | undefined>
  if (additionalProperty !== undefined) return describeKey(error, path, additionalProperty, value)
  if (missingProperty !== undefined) return describeMissing(error, path, missingProperty)
  const example = exampleOf(error, value.isFromEnvironment)
  if (isHidden(error.data, path, value)) return { path, message: `the value ${predicate(error)}${example}` }
  if (typeof error.data !== 'object') return { path, message: `${quote(error.data)} ${predicate(error)}${example}` }
  const isEmpty = ['minItems', 'minProperties'].includes(error.keyword)
  return { path, message: `${isEmpty ? '' : `${whatIs(error.data)} and `}${predicate(error)}${example}` }
}

function describeKey(error: ErrorObject, path: Path, key: string, { isSecret }: Value): Finding {
  const schema = error.parentSchema as BlockSchema
  if (schema.keys !== undefined) return describeName(path, key, schema.keys, isSecret)
  const { properties = {} } = schema
  const here = [...path, key]
  if (key === '<<') return { path: here, message: 'is an unknown key; merge keys are not supported, use defaults' }
  const known = Object.keys(properties)
  const value = (error.data as Readonly<Record<string, unknown>>)[key]
  return { path: here, message: guess(schema, path, key, value) ?? `is an unknown key${alternatives(key, known)}` }
}

/** Lists the valid keys, unless there are too many, as in a source: then it refers to the docs. */
function alternatives(key: string, known: readonly string[]): string {
  const isMany = known.length > MAX_SUGGESTED && nearest(key, known) === null
  return isMany ? '; docs/configuration.md lists all keys' : suggest(key, known)
}

/** A key that the user chooses. Below a secret key, a name with other characters may be a misplaced secret: hide it. */
function describeName(path: Path, key: string, rule: string, isSecret: boolean): Finding {
  if (isSecret && (key.length > MAX_NAME_LENGTH || !/^[\w-]+$/.test(key)))
    return { path, message: `a key in it is not ${rule}` }
  return { path: [...path, key], message: `the key must be ${rule}${spellingOf(key, rule)}` }
}

function describeMissing(error: ErrorObject, path: Path, key: string): Finding {
  const example = (error.parentSchema as BlockSchema).properties?.[key]?.examples?.[0]
  return { path: [...path, key], message: `is missing; write for example ${flow(example)}` }
}

/** Whether a message must not repeat the value. */
function isHidden(value: unknown, path: Path, { isFromEnvironment, isSecret }: Value): boolean {
  return isFromEnvironment || isSecret || isMaybeUrl(value, path)
}

/** A URL written in place of a source may hold an API key. */
function isMaybeUrl(value: unknown, path: Path): boolean {
  return typeof value === 'string' && path[0] === 'sources' && path.length <= 2
}

function whatIs(value: object | null): string {
  return value === null ? 'has no value' : Array.isArray(value) ? 'is a list' : 'is a map'
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'a map',
  string: 'a string',
}

/** The predicate of a sentence whose subject is the value. */
function predicate(error: ErrorObject): string {
  const { keyword, params, parentSchema } = error
  // `unit` is our own keyword: it has a message and no parentSchema
  if (keyword === 'unit') return String(error.message)
  const expects = (parentSchema as { expects?: string }).expects
  if (expects !== undefined && ['anyOf', 'type', 'pattern', 'enum'].includes(keyword))
    return `must be ${expects}${quotesHint(error)}`
  if (keyword === 'type') return typePredicate(error)
  if (keyword === 'const') return `must be ${quote(error.schema)}`
  if (keyword === 'minimum') return `must be at least ${params.limit}`
  if (keyword === 'exclusiveMinimum') return `must be above ${params.limit}`
  if (keyword === 'maximum') return `must be at most ${params.limit}`
  if (keyword === 'minItems' || keyword === 'minProperties') return 'is empty; write at least one'
  if (keyword === 'maxItems') return `has more than ${params.limit} items; write at most that many`
  /* c8 ignore next: the schema holds no other keyword yet; ajv has a sentence for each */
  return String(error.message)
}

function typePredicate(error: ErrorObject): string {
  const { params, parentSchema } = error
  if ('unit' in (parentSchema as object)) return 'must be a string with a unit, such as 10ms or 1mb'
  return `must be ${KINDS[String(params.type)]}${quotesHint(error)}`
}

/** A hint where quotes are missing (1 for "1") or too many ("true" for true). */
function quotesHint({ data, params, keyword }: ErrorObject): string {
  if (keyword !== 'type') return ''
  if (params.type === 'string' && (typeof data === 'number' || typeof data === 'boolean')) return '; write it in quotes'
  const looksRight = params.type === 'boolean' ? /^(true|false)$/ : /^-?[0-9]+(\.[0-9]+)?$/
  const isPlain = ['boolean', 'integer', 'number'].includes(String(params.type))
  return isPlain && typeof data === 'string' && looksRight.test(data) ? '; write it without quotes' : ''
}
