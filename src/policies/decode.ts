import type { Call, Policy } from '../core/call.ts'
import type { Cancel, CancelReason } from '../core/cancel.ts'
import { type FailureCode, failure } from '../core/failure.ts'
import { MESSAGES } from '../core/messages.ts'
import { cutShort, failed, type Outcome } from '../core/outcome.ts'

/** What did not fit when a body was read: the source's format, the `select` expression, or the schema of the data. */
export type MisfitPart = 'format' | 'select' | 'schema'

/** Why a body could not be read. `detail` is for logs: it may name members of the data, and quotes no values. */
export interface Misfit {
  readonly misfit: MisfitPart
  readonly detail: string
}

/**
 * The data of a body as JSON text, null where that says null; or why there is none: it does not fit, reading it was
 * called off, or too many others wait to be read before it.
 */
export type Decoded =
  | { readonly body: Buffer | null }
  | Misfit
  | { readonly cut: CancelReason }
  | { readonly busy: true }

/** What becomes of the body of a success. */
export interface Decoding {
  /** What it should be, for messages. */
  readonly format: string
  /** Reads the bytes, selects from them and checks what was selected. What takes long ends when `cancel` fires. */
  readonly read: (bytes: Buffer, cancel: Cancel) => Decoded | Promise<Decoded>
}

/**
 * Turns the bytes of a success into data. Bytes that are JSON already go on as they came; what is not of its format goes
 * no further. A null is empty.
 */
export function decode({ format, read }: Decoding): Policy {
  return (next) => async (call) => {
    const outcome = await next(call)
    if (outcome.body === null || outcome.failure !== null) return outcome
    const reading = read(outcome.body, call.cancel)
    const data = reading instanceof Promise ? await reading : reading
    if (outcome.tell === undefined) return decoded(call, outcome, data, format)
    const { tell, ...attempted } = outcome
    const ended = decoded(call, attempted, data, format)
    tell(ended)
    return ended
  }
}

function decoded(call: Call, outcome: Outcome, data: Decoded, format: string): Outcome {
  if ('misfit' in data) return refused(call, outcome, data, format)
  if ('cut' in data) return cutShort(call, data.cut, outcome.attemptMs)
  if ('busy' in data) return notRead(call, outcome)
  return data.body === outcome.body ? outcome : { ...outcome, body: data.body }
}

/** Like any other queue that is full. */
function notRead({ source }: Call, { upstreamStatus, attemptMs }: Outcome): Outcome {
  const message = `too many bodies wait to be read before that of ${source}`
  return failed(failure('connection_limit_reached', message, { upstreamStatus }), attemptMs)
}

const CODES: Readonly<Record<MisfitPart, FailureCode>> = {
  format: 'invalid_body',
  select: 'select_failed',
  schema: 'invalid_body',
}

function refused({ source }: Call, outcome: Outcome, { misfit, detail }: Misfit, format: string): Outcome {
  const messages: Readonly<Record<MisfitPart, string>> = {
    format: MESSAGES.invalidBody(source, format),
    select: MESSAGES.select(source),
    schema: `${source} answered with data that does not fit its schema`,
  }
  const { upstreamStatus, attemptMs } = outcome
  return failed(failure(CODES[misfit], messages[misfit], { upstreamStatus, detail }), attemptMs)
}
