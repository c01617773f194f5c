import { type Finding, isSecret, type Path, quote, suggest } from './problems.ts'
import { isOnlyInSources, unsupportedKeys } from './unsupported.ts'
import type { SchemaError } from './validate.ts'

/** What is wrong, at the very key that it is about. */
export function describeError(error: SchemaError, path: Path, fromEnvironment: boolean): Finding {
  const { additionalProperty, missingProperty } = error.params as Record<string, string | undefined>
  if (additionalProperty !== undefined) return describeKey(error, path, additionalProperty)
  if (missingProperty !== undefined) return describeMissing(error, path, missingProperty)
  return { path, message: `${subject(error.data, path, fromEnvironment)} ${predicate(error)}` }
}

interface MapSchema {
  readonly properties?: Readonly<Record<string, { readonly examples?: readonly unknown[] }>>
  readonly keys?: string
}

function describeKey(error: SchemaError, path: Path, key: string): Finding {
  const { properties = {}, keys } = error.parentSchema as MapSchema
  if (keys !== undefined) return describeName(path, key, keys)
  const here = [...path, key]
  if (isOnlyInSources(path, key)) return { path: here, message: 'belongs to each source, not to defaults' }
  if (unsupportedKeys(path).includes(key)) return { path: here, message: 'is not supported yet; leave it out' }
  const merge = key === '<<' ? '; merge keys are not supported, use defaults' : null
  const known = [...Object.keys(properties), ...unsupportedKeys(path)]
  return { path: here, message: `is an unknown key${merge ?? suggest(key, known)}` }
}

/** A key of a map that the user names. Where what is written is secret, a key that is none may be a secret gone astray. */
function describeName(path: Path, key: string, rule: string): Finding {
  if (isSecret(path) && !/^[\w-]{1,63}$/.test(key)) return { path, message: `a key in it is not ${rule}` }
  return { path: [...path, key], message: `the key must be ${rule}` }
}

function describeMissing(error: SchemaError, path: Path, key: string): Finding {
  const example = (error.parentSchema as MapSchema).properties?.[key]?.examples?.[0]
  return { path: [...path, key], message: `is missing; write for example ${JSON.stringify(example)}` }
}

/** Only scalars are quoted, and only where they may be shown. */
function subject(value: unknown, path: Path, fromEnvironment: boolean): string {
  if (fromEnvironment || isSecret(path)) return 'the value'
  return typeof value === 'object' ? kindOf(value) : quote(value)
}

function kindOf(value: object | null): string {
  return value === null ? 'nothing (null)' : Array.isArray(value) ? 'a list' : 'a map'
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'a map',
  string: 'a string',
}

/** The rest of a sentence that begins with the value. */
function predicate(error: SchemaError): string {
  const { keyword, params, parentSchema } = error
  // Our own keyword brings its message, and no parentSchema.
  if (keyword === 'unit') return String(error.message)
  const expects = (parentSchema as { expects?: string }).expects
  if (expects !== undefined && ['anyOf', 'type', 'pattern', 'enum'].includes(keyword)) return `must be ${expects}`
  if (keyword === 'type') return typePredicate(error)
  if (keyword === 'const') return `must be ${quote(error.schema)}`
  if (keyword === 'minimum') return `must be at least ${params.limit}`
  if (keyword === 'exclusiveMinimum') return `must be above ${params.limit}`
  if (keyword === 'maximum') return `must be at most ${params.limit}`
  if (keyword === 'minItems' || keyword === 'minProperties') return 'is empty; write at least one'
  /* c8 ignore next: the schema holds no other keyword yet; ajv has a sentence for each */
  return String(error.message)
}

function typePredicate({ params, parentSchema }: SchemaError): string {
  if ('unit' in (parentSchema as object)) return 'must be a string with a unit, such as 10ms or 1mb'
  return `must be ${KINDS[String(params.type)]}`
}
