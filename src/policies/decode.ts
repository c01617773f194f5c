import { isUtf8 } from 'node:buffer'
import type { Call, Policy } from '../source/call.ts'
import { failure } from '../source/failure.ts'
import { failed, type Outcome } from '../source/outcome.ts'

/** Whether a value is what the source's `schema` says. */
export type Validate = (value: unknown) => boolean

const BOM = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Turns the bytes of a success into data: one check that they are JSON (RFC 8259: UTF-8, a byte order mark tolerated),
 * one parse, and with `validate` one look whether they are what was promised. The bytes go on as they came; what is not
 * JSON goes no further. A JSON null is empty.
 */
export function decode(validate: Validate | null): Policy {
  return (next) => async (call) => {
    const outcome = await next(call)
    return outcome.body === null || outcome.failure !== null
      ? outcome
      : decodeJson(call, outcome, outcome.body, validate)
  }
}

function decodeJson(call: Call, outcome: Outcome, raw: Buffer, validate: Validate | null): Outcome {
  const body = raw[0] === BOM[0] && raw.subarray(0, 3).equals(BOM) ? raw.subarray(3) : raw
  const parsed = parse(body)
  if (parsed === undefined) return invalid(outcome, `${call.source} answered with something that is not JSON`)
  if (parsed.value === null) return { ...outcome, body: null }
  if (validate !== null && !conforms(validate, parsed.value)) {
    return invalid(outcome, `${call.source} answered with data that does not fit its schema`)
  }
  return body === raw ? outcome : { ...outcome, body }
}

function parse(body: Buffer): { readonly value: unknown } | undefined {
  if (!isUtf8(body)) return undefined
  try {
    return { value: JSON.parse(body.toString()) }
  } catch {
    return undefined
  }
}

/** A recursive schema over data nested deeply enough exhausts the stack, which is the data's fault. */
function conforms(validate: Validate, value: unknown): boolean {
  try {
    return validate(value)
  } catch {
    return false
  }
}

function invalid(outcome: Outcome, message: string): Outcome {
  return failed(failure('invalid_body', message, { upstreamStatus: outcome.upstreamStatus }))
}
