import type Type from 'typebox'
import { type Finding, formatPath, type Path } from '../text/problems.ts'
import { fits } from './validate.ts'
import { type SchemaPart, schemasBelow } from './walk.ts'

/** The variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The content of a file, with its environment references filled in. */
export interface Filled {
  readonly tree: Readonly<Record<string, unknown>>
  readonly problems: readonly Finding[]
  /** The paths of values from the environment. Messages never quote them, and they count as secrets. */
  readonly fromEnvironment: readonly Path[]
  /** Strings that contain references, with MASK in place of each reference. Keys are from `formatPath`. */
  readonly masked: ReadonlyMap<string, string>
  /** The values of the environment variables that were filled in. */
  readonly filledIn: ReadonlySet<string>
}

/** Replaces text that must not be shown. Only letters, so that it is valid in most parts of a URL. */
export const MASK = 'MASKED'

interface Filling {
  readonly environment: Environment
  readonly problems: Finding[]
  readonly fromEnvironment: Path[]
  readonly masked: Map<string, string>
  readonly filledIn: Set<string>
}

interface Place {
  readonly path: Path
  /** The schemas that may apply here; none below an unknown key. */
  readonly schemas: readonly SchemaPart[]
  /** Whether references are refused here. */
  readonly literal: boolean
}

// `$${` comes first: it is an escape, whatever follows it
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g

/**
 * Fills ${NAME} and ${NAME:-default} (for unset or empty) in string values, and turns `$${` into `${`. A string with a
 * reference is converted to the type of its key. The result is a copy.
 */
export function fillEnvironment(tree: object, schema: Type.TSchema, environment: Environment): Filled {
  const filling: Filling = { environment, problems: [], fromEnvironment: [], masked: new Map(), filledIn: new Set() }
  const filled = fill(tree, { path: [], schemas: [schema], literal: false }, filling) as Record<string, unknown>
  const { problems, fromEnvironment, masked, filledIn } = filling
  return { tree: filled, problems, fromEnvironment, masked, filledIn }
}

function fill(value: unknown, place: Place, filling: Filling): unknown {
  if (typeof value === 'string') return fillText(value, place, filling)
  if (Array.isArray(value)) return value.map((item, index) => fill(item, below(place, index), filling))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key]) => isPlainKey(key, place, filling))
  // fromEntries makes `__proto__` an ordinary key
  return Object.fromEntries(entries.map(([key, item]) => [key, fill(item, below(place, key), filling)]))
}

function isPlainKey(key: string, { path }: Place, filling: Filling): boolean {
  const plain = !/(?<!\$)\$\{/.test(key)
  if (!plain) report([...path, key], 'a key cannot hold ${…}; write the name itself', filling)
  return plain
}

function fillText(text: string, place: Place, filling: Filling): unknown {
  let references = 0
  const filled = text.replace(REFERENCE, (match, name: string | undefined, fallback: string | undefined) => {
    if (match === '$${') return '${'
    references += 1
    const problem = referenceProblem(name, fallback, place, filling.environment)
    if (problem) report(place.path, problem, filling)
    if (name === undefined || problem) return match
    const value = String(lookUp(name, fallback, filling.environment))
    if (value === lookUp(name, undefined, filling.environment)) filling.filledIn.add(value)
    return value
  })
  if (references === 0) return filled
  filling.fromEnvironment.push(place.path)
  filling.masked.set(
    formatPath(place.path),
    text.replace(REFERENCE, (match) => (match === '$${' ? '${' : MASK)),
  )
  return convert(filled, place.schemas)
}

function report(path: Path, message: string, { problems }: Filling): void {
  problems.push({ path, message })
}

function referenceProblem(
  name: string | undefined,
  fallback: string | undefined,
  place: Place,
  environment: Environment,
) {
  if (place.literal) return '${…} is not filled in here; write the text itself ($${ for a literal ${)'
  if (name === undefined) return 'an environment reference is ${NAME} or ${NAME:-default}; write $${ for a literal ${'
  if (fallback !== undefined || lookUp(name, undefined, environment) !== undefined) return null
  // environment variables are in capitals; another name is probably a parameter, written as in a JavaScript template
  const parameter = /^[a-z]/.test(name) && canHoldPlaceholder(place.path) ? `, or {${name}} for a parameter` : ''
  return `the environment variable ${name} is not set; set it, or write \${${name}:-default}${parameter}`
}

function canHoldPlaceholder([top, ...below]: Path): boolean {
  const key = top === 'sources' ? below[1] : top === 'defaults' ? below[0] : undefined
  return key === 'url' || key === 'headers' || key === 'body'
}

/** Undefined if the variable is not set and has no default. With a default, an empty variable counts as unset. */
function lookUp(name: string, fallback: string | undefined, environment: Environment): string | undefined {
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined
  return value === undefined || value === '' ? (fallback ?? value) : value
}

/** Returns the text if the schema accepts strings, else the number or boolean that it represents, if it does. */
function convert(text: string, schemas: readonly SchemaPart[]): unknown {
  const readings: unknown[] = [text]
  if (text === 'true' || text === 'false') readings.push(text === 'true')
  if (/^-?[0-9]+(\.[0-9]+)?$/.test(text)) readings.push(Number(text))
  const fitting = readings.find((reading) => schemas.some((schema) => fits(schema, reading)))
  return fitting ?? (schemas.some(isNumeric) ? readings.at(-1) : text)
}

/** Converts a number that is out of bounds too, so that the message names the bounds. */
function isNumeric({ type }: SchemaPart): boolean {
  return type === 'integer' || type === 'number'
}

function below({ path, schemas, literal }: Place, step: string | number): Place {
  const inside = schemas.flatMap((schema) => schemasBelow(schema, step))
  return {
    path: [...path, step],
    schemas: inside,
    literal: literal || inside.some((schema) => schema.literal === true),
  }
}
