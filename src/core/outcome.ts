import type { Call } from './call.ts'
import type { CancelReason } from './cancel.ts'
import { type Failure, failure } from './failure.ts'
import { MESSAGES } from './messages.ts'

/** Where a value came from. */
export type Origin = 'live' | 'cache' | 'stale' | 'fallback'

/**
 * How a call ended: data (`body`), empty (neither), failed (`failure`), or substituted (both: a value that stands in,
 * and why it had to). A list of calls may be there in part: both, and the failure names the `items`.
 */
export interface Outcome {
  /** JSON text in UTF-8, checked; spliced into the answer as it is. */
  readonly body: Buffer | null
  readonly failure: Failure | null
  /** The status of the last answer that came from the upstream, 0 attempts or a broken connection leave it null. */
  readonly upstreamStatus: number | null
  readonly from: Origin
  /** The age of what came from a cache, in milliseconds; 0 for everything else. */
  readonly ageMs: number
  /** For how many milliseconds it will still be as good as one that is asked for anew; null where nothing says so. */
  readonly freshForMs: number | null
  /** How long the attempt took that it came from, queues not counted, in milliseconds; 0 where none was made. */
  readonly attemptMs: number
  /** For a list of calls: how many items there were, were called for, and failed. */
  readonly list?: ListFacts
  /**
   * Tells how the attempt that this came from ended. Present only while its body is
   * still to be decoded; the decode policy calls it once.
   */
  readonly tell?: (ended: Outcome) => void
}

export interface ListFacts {
  readonly total: number
  /** Those within the limit. */
  readonly kept: number
  readonly failed: number
}

/** The outcome of a call that failed and has nothing in its place. */
export function failed(reason: Failure, attemptMs = 0): Outcome {
  const { upstreamStatus } = reason
  return { body: null, failure: reason, upstreamStatus, from: 'live', ageMs: 0, freshForMs: null, attemptMs }
}

/** The outcome of an answer that came: its body, or null for one that is empty. */
export function live(body: Buffer | null, upstreamStatus: number, attemptMs = 0): Outcome {
  return { body, failure: null, upstreamStatus, from: 'live', ageMs: 0, freshForMs: null, attemptMs }
}

/** Whether all of the data is missing, or part of it. */
export function isIncomplete({ body, failure, from }: Outcome): boolean {
  if (failure === null || from === 'fallback') return false
  return body === null || failure.items !== undefined
}

/** The outcome of a call that was called off while it was under way. */
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
