import type { Call, Policy } from '../core/call.ts'
import type { Cancel, CancelReason } from '../core/cancel.ts'
import type { Events } from '../core/events.ts'
import { type FailureCode, failure } from '../core/failure.ts'
import { MESSAGES } from '../core/messages.ts'
import { cutShort, failed, type Outcome } from '../core/outcome.ts'

/**
 * The step that failed: reading the format, the expression of `failWhen` or `select`, or the schema of the data; or
 * `reported`: all went well, and `failWhen` says that the source reports an error.
 */
export type MisfitPart = 'format' | 'failWhen' | 'reported' | 'select' | 'schema'

/** Why a body was rejected. `detail` is for logs: it may contain names of members, but no values. */
export interface Misfit {
  readonly misfit: MisfitPart
  readonly detail: string
  /** Of a body that reports an error: what clients may see of it. Null or absent if there is nothing to see. */
  readonly details?: Details | null
}

/** What clients may see of a failed answer, as JSON text; or why they see nothing, for logs. */
export type Details = { readonly json: string } | { readonly leftOut: string }

/**
 * The result of reading a body: its data as JSON text, or null if the data is null; with `pointers` if the data does not
 * fit its schema and passes nevertheless. Otherwise the body was invalid,
 * reading it was cancelled (`cut`), or the queue of bodies was full (`busy`).
 */
export type Decoded =
  | { readonly body: Buffer | null; readonly pointers?: readonly string[] }
  | Misfit
  | { readonly cut: CancelReason }
  | { readonly busy: true }

/** How the body of a 2xx response is read. */
export interface Decoding {
  /** Name of the expected format, for messages. */
  readonly format: string
  /**
   * Parses the bytes, selects from the data and validates the selection. Work in a worker thread ends when `cancel`
   * fires. `charset` is what the source says of the bytes.
   */
  readonly read: (bytes: Buffer, cancel: Cancel, charset: string | null) => Decoded | Promise<Decoded>
  /** Reads the body of a failed response: what clients may see of it. Null if they see nothing. */
  readonly details: ((bytes: Buffer, cancel: Cancel, charset: string | null) => Promise<Details | null>) | null
  /** Receives `mismatch` for data that does not fit its schema, and `details` for those that are left out. */
  readonly events: Events
}

/**
 * Decodes the body of a 2xx response, and reads the details of the failure from that of another one. JSON that is used whole passes as the same bytes; an invalid body becomes a
 * failure; a null becomes an empty outcome.
 */
export function decode({ format, read, details, events }: Decoding): Policy {
  return (next) => async (call) => {
    const answered = await next(call)
    const { charset = null } = answered
    const outcome = charset === null ? answered : withoutCharset(answered)
    if (outcome.errorBody !== undefined) {
      const { errorBody, ...refused } = outcome
      return detailed(call, refused, details && (await details(errorBody, call.cancel, charset)), events)
    }
    if (outcome.body === null || outcome.failure !== null) return outcome
    const reading = read(outcome.body, call.cancel, charset)
    const data = reading instanceof Promise ? await reading : reading
    tellMismatch(call, data, events)
    const { tell, ...attempted } = outcome
    const ended = withHeadersOf(outcome, decoded(call, tell === undefined ? outcome : attempted, data, format))
    tell?.(ended)
    return 'misfit' in data ? detailed(call, ended, data.details ?? null, events) : ended
  }
}

function withoutCharset({ charset: _, ...outcome }: Outcome): Outcome {
  return outcome
}

function tellMismatch(call: Call, data: Decoded, events: Events): void {
  if ('misfit' in data && data.misfit === 'schema')
    events.emit('mismatch', { call, detail: data.detail, pointers: null })
  if ('body' in data && data.pointers !== undefined)
    events.emit('mismatch', { call, detail: data.pointers.join(', '), pointers: data.pointers })
}

/** A failure in reading the body has the headers that came with it. */
function withHeadersOf({ headers }: Outcome, ended: Outcome): Outcome {
  return headers === undefined || ended.headers === headers ? ended : { ...ended, headers }
}

function decoded(call: Call, outcome: Outcome, data: Decoded, format: string): Outcome {
  if ('misfit' in data) return refused(call, outcome, data, format)
  if ('cut' in data) return cutShort(call, data.cut, outcome.attemptMs)
  if ('busy' in data) return notRead(call, outcome)
  return data.body === outcome.body ? outcome : { ...outcome, body: data.body }
}

/** Adds the details to the failure, or tells why they are left out. */
function detailed(call: Call, outcome: Outcome, details: Details | null, events: Events): Outcome {
  const { failure } = outcome
  if (details === null || failure === null) return outcome
  if ('json' in details) return { ...outcome, failure: { ...failure, details: Buffer.from(details.json) } }
  events.emit('details', { call, reason: details.leftOut })
  return outcome
}

/** The same failure code as for any other full queue. */
function notRead({ source }: Call, { upstreamStatus, attemptMs }: Outcome): Outcome {
  const message = `too many bodies wait to be read before that of ${source}`
  return failed(failure('connection_limit_reached', message, { upstreamStatus }), attemptMs)
}

const CODES: Readonly<Record<MisfitPart, FailureCode>> = {
  format: 'invalid_body',
  failWhen: 'select_failed',
  reported: 'upstream_error',
  select: 'select_failed',
  schema: 'invalid_body',
}

function refused({ source }: Call, outcome: Outcome, { misfit, detail }: Misfit, format: string): Outcome {
  const messages: Readonly<Record<MisfitPart, string>> = {
    format: MESSAGES.invalidBody(source, format),
    failWhen: MESSAGES.failWhen(source),
    reported: MESSAGES.reported(source),
    select: MESSAGES.select(source),
    schema: `${source} answered with data that does not fit its schema`,
  }
  const { upstreamStatus, attemptMs } = outcome
  return failed(failure(CODES[misfit], messages[misfit], { upstreamStatus, detail }), attemptMs)
}
