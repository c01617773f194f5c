import type { Cancel } from './cancel.ts'
import type { Deadline } from './deadline.ts'
import type { Outcome } from './outcome.ts'

/** What is sent to a source: all of it made before the first attempt, so that every attempt sends the same. */
export interface SourceRequest {
  readonly method: 'GET' | 'POST'
  /** Path and query as they go on the wire; starts with `/`. */
  readonly path: string
  /** Names and values in turn, names in lower case. */
  readonly headers: readonly string[]
  readonly body: Buffer | null
}

/** What the stack learns about a call while it runs, for those who report it. Written in place by the policies. */
export interface CallRecord {
  /** When the call started and ended, on the scale of `Clock.now()`. */
  startedAt: number
  endedAt: number
  /** Physical requests made so far, the first one included. */
  attempts: number
  hedged: boolean
  /** Bytes of the last body read, decoded. */
  bytes: number
}

/** One logical request to a source. Immutable but for its record; a policy narrows it by copying. */
export interface Call {
  /** The key in `data`: the source's id, or the view's or the client's name for it. */
  readonly id: string
  /** The configured source's id. */
  readonly source: string
  /** The answer that this call is for; observers tie what they write to it. */
  readonly requestId: string
  readonly traceId: string
  readonly request: SourceRequest
  /** When it is of no more use, and who says so. */
  readonly deadline: Deadline
  /** Calls it off. Whoever waits on behalf of the call listens, and settles at once. */
  readonly cancel: Cancel
  readonly record: CallRecord
}

/** Calls a source. Never rejects: a failure is a value. */
export type SourceCall = (call: Call) => Promise<Outcome>

/** One resilience behaviour: a source call around a source call (lura's `Middleware`, Finagle's `Filter`). */
export type Policy = (next: SourceCall) => SourceCall

/** A record with nothing in it yet. */
export function newRecord(): CallRecord {
  return { startedAt: 0, endedAt: 0, attempts: 0, hedged: false, bytes: 0 }
}

/** A stack of policies around a call; the first listed is outermost. */
export function compose(policies: readonly Policy[], innermost: SourceCall): SourceCall {
  return policies.reduceRight((next, policy) => policy(next), innermost)
}
