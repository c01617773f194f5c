import type { Expression } from '../json/jmespath.ts'
import type { Check } from '../json/json-schema.ts'
import { mayBeLong } from '../json/parse.ts'
import { isTruthy } from '../json/truth.ts'
import type { Misfit } from '../policies/decode.ts'
import { inUtf8 } from './charset.ts'
import { detailsOf } from './error-details.ts'
import { FORMATS, type Format, FormatError, type ReadBody } from './formats.ts'

/** How a body is read, as configured; it can be sent to a worker thread. */
export interface WrittenRules {
  readonly format: Format
  /** JMESPath that says whether the body reports an error; null if none does. */
  readonly failWhen: string | null
  /** JMESPath that yields what clients may see of such an error; null for nothing. */
  readonly errorDetails: string | null
  /** JMESPath; null for the whole body. */
  readonly select: string | null
  /** JSON Schema; null if the data is not validated. */
  readonly schema: object | null
  /** Whether data that does not fit passes nevertheless. */
  readonly warns: boolean
}

/** `WrittenRules`, compiled. */
export interface BodyRules {
  readonly format: Format
  readonly failWhen: Expression | null
  readonly errorDetails: Expression | null
  readonly select: Expression | null
  readonly check: Check | null
  /** Where data does not fit that passes nevertheless. `bytes` is the size of the body. */
  readonly locate: ((value: unknown, bytes: number) => readonly string[]) | null
}

/** The data of a body, as a value and as JSON text. */
export interface Data {
  readonly value: unknown
  readonly json: Buffer
  /** Where the data does not fit its schema although it passes; absent if it fits. */
  readonly pointers?: readonly string[]
}

/** Converts a value to JSON text. Throws if that is not possible. */
export type Write = (value: unknown) => string

/**
 * Parses a body, asks `failWhen` about it, applies `select` and validates the result. A JSON body without `select` keeps
 * its bytes. `charset` is what the source says of the bytes. Invalid data is returned as a Misfit, not thrown.
 */
export function readData(
  bytes: Buffer,
  rules: BodyRules,
  charset: string | null,
  write: Write = JSON.stringify,
): Data | Misfit {
  const { format, errorDetails, select, check, locate } = rules
  const whole = read(bytes, format, charset, select !== null || errorDetails !== null)
  if ('misfit' in whole) return whole
  const reported = reportedBy(whole, rules, write)
  if (reported !== null) return reported
  const part = select === null ? whole : selected(whole, select, write)
  if ('misfit' in part) return part
  // null means empty and is not validated
  const wrong = check === null || part.value === null ? null : problemOf(part, check)
  if (wrong !== null) return { misfit: 'schema', detail: wrong }
  const data = { value: part.value, json: part.json ?? Buffer.from(write(part.value)) }
  const pointers = locate === null || part.value === null ? [] : placesOf(data, bytes.length, locate)
  return pointers.length === 0 ? data : { ...data, pointers }
}

function read(bytes: Buffer, format: Format, charset: string | null, digits: boolean): ReadBody | Misfit {
  try {
    return FORMATS[format](inUtf8(bytes, format, charset), digits)
  } catch (error) {
    if (error instanceof FormatError) return { misfit: 'format', detail: error.message }
    throw error
  }
}

/** The misfit of a body whose values do not fit into memory: the first step that needs them fails. */
export function tooLarge({ failWhen, select, schema }: WrittenRules, detail: string): Misfit {
  if (failWhen !== null) return { misfit: 'failWhen', detail }
  return { misfit: select !== null ? 'select' : schema !== null ? 'schema' : 'format', detail }
}

/** A misfit if the body reports an error, or if the expression fails on it. */
function reportedBy({ value }: ReadBody, { failWhen, errorDetails }: BodyRules, write: Write): Misfit | null {
  if (failWhen === null) return null
  try {
    if (!isTruthy(failWhen(value))) return null
    const details = errorDetails && detailsOf(value, errorDetails, write)
    return { misfit: 'reported', detail: 'failWhen is true', details }
  } catch (error) {
    return { misfit: 'failWhen', detail: (error as Error).message }
  }
}

/** The expression can fail at run time, and its result can be nested too deeply for JSON.stringify. */
function selected({ value }: ReadBody, select: Expression, write: Write): ReadBody | Misfit {
  try {
    const part = select(value)
    return { value: part, json: Buffer.from(write(part)) }
  } catch (error) {
    return { misfit: 'select', detail: (error as Error).message }
  }
}

/** Data that exhausts the call stack does not fit as a whole: see `problemOf`. */
function placesOf(data: Data, bytes: number, locate: NonNullable<BodyRules['locate']>): readonly string[] {
  try {
    return locate(inDoubles(data), bytes)
  } catch {
    return ['']
  }
}

/**
 * A recursive schema can exhaust the call stack on deeply nested data. That is a fault of the data, so the error is
 * returned.
 */
function problemOf(body: ReadBody, check: Check): string | null {
  try {
    const [problem] = check(inDoubles(body))
    return problem === undefined ? null : [problem.path, problem.message].filter((part) => part !== '').join(' ')
  } catch (error) {
    return (error as Error).message
  }
}

/** The value as a schema sees it: all numbers are doubles. */
function inDoubles({ value, json }: ReadBody): unknown {
  return mayBeLong(value) && json !== null ? JSON.parse(json.toString()) : value
}
