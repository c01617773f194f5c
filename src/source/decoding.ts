import type { Expression } from '../json/jmespath.ts'
import type { Check } from '../json/json-schema.ts'
import type { Misfit } from '../policies/decode.ts'
import { FORMATS, type Format, FormatError, type ReadBody } from './formats.ts'

/** What a body is read as, what is taken from it, and what that has to be; as it is written, so that it can be sent. */
export interface WrittenRules {
  readonly format: Format
  /** Null for all of the body. */
  readonly select: string | null
  /** JSON Schema; null where the data is not checked. */
  readonly schema: object | null
}

/** The same, compiled. */
export interface BodyRules {
  readonly format: Format
  readonly select: Expression | null
  readonly check: Check | null
}

/** The data of a body: its value, and the JSON text of it. */
export interface Data {
  readonly value: unknown
  readonly json: Buffer
}

/** Writes a value as JSON text; throws where that cannot be done. */
export type Write = (value: unknown) => string

/** Reads a body, takes from it what is selected, and checks that. Bytes that are JSON and all wanted stay as they came. */
export function readData(
  bytes: Buffer,
  { format, select, check }: BodyRules,
  write: Write = JSON.stringify,
): Data | Misfit {
  const whole = read(bytes, format)
  if ('misfit' in whole) return whole
  const part = select === null ? whole : selected(whole, select, write)
  if ('misfit' in part) return part
  // a null is empty, whatever its schema says
  const wrong = check === null || part.value === null ? null : problemOf(part.value, check)
  if (wrong !== null) return { misfit: 'schema', detail: wrong }
  return { value: part.value, json: part.json ?? Buffer.from(write(part.value)) }
}

function read(bytes: Buffer, format: Format): ReadBody | Misfit {
  try {
    return FORMATS[format](bytes)
  } catch (error) {
    if (error instanceof FormatError) return { misfit: 'format', detail: error.message }
    throw error
  }
}

/** The expression may err, and what it takes may be nested so deeply that it cannot be written. */
function selected({ value }: ReadBody, select: Expression, write: Write): ReadBody | Misfit {
  try {
    const part = select(value)
    return { value: part, json: Buffer.from(write(part)) }
  } catch (error) {
    return { misfit: 'select', detail: (error as Error).message }
  }
}

/** A recursive schema over data nested deeply enough exhausts the stack, which is the data's fault. */
function problemOf(value: unknown, check: Check): string | null {
  try {
    const [problem] = check(value)
    return problem === undefined ? null : [problem.path, problem.message].filter((part) => part !== '').join(' ')
  } catch (error) {
    return (error as Error).message
  }
}
