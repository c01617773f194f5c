import type { Call, Policy } from '../source/call.ts'
import { type FailureCode, failure } from '../source/failure.ts'
import { failed, type Outcome } from '../source/outcome.ts'

/** A body that was read: its value, and the JSON text of it where that is at hand. */
export interface ReadBody {
  readonly value: unknown
  /** As it came, but for a byte order mark; null where the value has to be written as JSON first. */
  readonly json: Buffer | null
}

/** What becomes of the body of a success. */
export interface Decoding {
  /** What it should be, for messages. */
  readonly format: string
  /** Reads the bytes; null where they are not of the format. */
  readonly read: (bytes: Buffer) => ReadBody | null
  /** Takes from the value what is of use; throws where it errs. Null for all of it. */
  readonly select: ((value: unknown) => unknown) | null
  /** Whether the data is what the source's `schema` says; null where that is not looked at. */
  readonly validate: ((value: unknown) => boolean) | null
  /** Is given the data of a body for those who will ask for it; null where nobody will. */
  readonly keep: ((body: Buffer, value: unknown) => void) | null
}

/**
 * Turns the bytes of a success into data: read once, selected from, checked. Bytes that are JSON already go on as they
 * came; what is not of its format goes no further. A null is empty.
 */
export function decode(decoding: Decoding): Policy {
  return (next) => async (call) => {
    const outcome = await next(call)
    return outcome.body === null || outcome.failure !== null ? outcome : decoded(call, outcome, outcome.body, decoding)
  }
}

function decoded(call: Call, outcome: Outcome, bytes: Buffer, { format, read, select, ...rest }: Decoding): Outcome {
  const whole = read(bytes)
  if (whole === null) {
    return refused(outcome, 'invalid_body', `${call.source} did not answer with valid ${format}`)
  }
  const part = select === null ? whole : selected(whole, select)
  if (part === null) {
    return refused(outcome, 'select_failed', `the select expression failed on the data of ${call.source}`)
  }
  return checked(call, outcome, part, rest)
}

function selected({ value }: ReadBody, select: (value: unknown) => unknown): ReadBody | null {
  try {
    const part = select(value)
    return { value: part, json: Buffer.from(JSON.stringify(part)) }
  } catch {
    // the expression erred, or what it took is nested so deeply that it cannot be written
    return null
  }
}

function checked(
  call: Call,
  outcome: Outcome,
  { value, json }: ReadBody,
  { validate, keep }: Pick<Decoding, 'validate' | 'keep'>,
): Outcome {
  if (value === null) return { ...outcome, body: null }
  if (validate !== null && !conforms(validate, value)) {
    return refused(outcome, 'invalid_body', `${call.source} answered with data that does not fit its schema`)
  }
  const body = json ?? Buffer.from(JSON.stringify(value))
  keep?.(body, value)
  return body === outcome.body ? outcome : { ...outcome, body }
}

/** A recursive schema over data nested deeply enough exhausts the stack, which is the data's fault. */
function conforms(validate: (value: unknown) => boolean, value: unknown): boolean {
  try {
    return validate(value)
  } catch {
    return false
  }
}

function refused(outcome: Outcome, code: FailureCode, message: string): Outcome {
  return failed(failure(code, message, { upstreamStatus: outcome.upstreamStatus }), outcome.attemptMs)
}
