import type { Call } from './call.ts'
import type { CancelReason } from './cancel.ts'
import { type Failure, failure } from './failure.ts'
import { MESSAGES } from './messages.ts'

/** A header of a response; the name is in lower case. A header that was sent several times is several of these. */
export interface ResponseHeader {
  readonly name: string
  readonly value: string
}

/** Where a value came from; `skipped` for a source that was not called because of its `when`. */
export type Origin = 'live' | 'cache' | 'stale' | 'fallback' | 'skipped'

/**
 * How a call ended: data (`body`), empty or skipped (neither field), failed (`failure`), or substituted (both: a substitute value,
 * and the failure that it replaces). A list that is incomplete has both too; its failure has `items`.
 */
export interface Outcome {
  /** Valid JSON text in UTF-8. It is copied into the answer unchanged. */
  readonly body: Buffer | null
  readonly failure: Failure | null
  /** Status of the last upstream response; null if there was no attempt or the connection broke. */
  readonly upstreamStatus: number | null
  readonly from: Origin
  /** Age of a cached value in milliseconds; 0 for all others. */
  readonly ageMs: number
  /** Remaining time in milliseconds during which the value counts as fresh; null if it is not known. */
  readonly freshForMs: number | null
  /** Duration of the attempt in milliseconds, without time in queues; 0 if there was no attempt. */
  readonly attemptMs: number
  /** Those headers of the response that are kept (`TransportOptions.keptHeaders`); absent if there are none. */
  readonly headers?: readonly ResponseHeader[]
  /**
   * Body of a failed response, after content decoding. Present only until the details of the failure have been read
   * from it, and only if the source has `errorDetails`.
   */
  readonly errorBody?: Buffer
  /** The charset that the source gave for the body or `errorBody`, in lower case. Present only until that is decoded. */
  readonly charset?: string
  /** Counts of items, for a list. */
  readonly list?: ListFacts
  /**
   * Emits the `attempt` event. Present only until the body is decoded, because the event includes the result of that.
   * The decode policy calls it once.
   */
  readonly tell?: (ended: Outcome) => void
}

/** Counts of items of a `forEach` list. */
export interface ListFacts {
  /** Items in the selected list. */
  readonly total: number
  /** Items within the limit of `forEach`; each is a call. */
  readonly kept: number
  readonly failed: number
}

/** The outcome of a call that failed and has no substitute. */
export function failed(reason: Failure, attemptMs = 0): Outcome {
  const { upstreamStatus } = reason
  return { body: null, failure: reason, upstreamStatus, from: 'live', ageMs: 0, freshForMs: null, attemptMs }
}

/** The outcome of a live response: its body, or null if it is empty. */
export function live(body: Buffer | null, upstreamStatus: number, attemptMs = 0): Outcome {
  return { body, failure: null, upstreamStatus, from: 'live', ageMs: 0, freshForMs: null, attemptMs }
}

/** Whether all or part of the data is missing. */
export function isIncomplete({ body, failure, from }: Outcome): boolean {
  if (failure === null || from === 'fallback') return false
  return body === null || failure.items !== undefined
}

/** The outcome of a call that was cancelled while it ran. */
export function cutShort(call: Call, reason: CancelReason, attemptMs = 0): Outcome {
  return failed(cutFailure(call, reason), attemptMs)
}

function cutFailure(call: Call, reason: CancelReason): Failure {
  if (reason === 'client') return failure('cancelled', 'the client went away')
  if (reason === 'superseded') return failure('cancelled', 'another attempt was faster')
  if (reason === 'batch') return failure('deadline_exceeded', MESSAGES.deadline(call.source))
  const span = Math.round(call.deadline.spanMs)
  return failure('http_response_timeout', MESSAGES.responseTimeout(call.source, span))
}
