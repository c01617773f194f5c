import type { Allowance } from './allowance.ts'
import type { Cancel } from './cancel.ts'
import type { Deadline } from './deadline.ts'
import type { Outcome } from './outcome.ts'
import type { Trace } from './trace.ts'

/** What is sent to a source: all of it made before the first attempt, so that every attempt sends the same. */
export interface SourceRequest {
  readonly method: 'GET' | 'POST'
  /** Path and query as they go on the wire; starts with `/`. */
  readonly path: string
  /** Names and values in turn, names in lower case. */
  readonly headers: readonly string[]
  readonly body: Buffer | null
  /**
   * All of it that came from the client or from another source: method, path, the headers passed on, and the body, but
   * no id of a request or a trace. Two requests to one source with the same key ask the same thing.
   */
  readonly key: string
  /** The URL for logs, without what is secret; null where there is nothing to show. */
  readonly shown: () => string | null
}

/** What a call took at the upstream. Calls that share one upstream call share this too. Written by the policies. */
export interface Effort {
  /** Physical requests made so far, the first one included. */
  attempts: number
  hedged: boolean
  /** Bytes of the last body read, decoded. */
  bytes: number
}

/** What the stack learns about a call while it runs, for those who report it. Written in place by the policies. */
export interface CallRecord {
  /** When the call started and ended, on the scale of `Clock.now()`. */
  startedAt: number
  endedAt: number
  effort: Effort
}

/** The answer that a call is for: one object for all its calls. Events name it. */
export interface CallContext {
  readonly requestId: string
  readonly trace: Trace
  /** Upstream calls made for this answer, by source and key of the request: what is asked twice is called once. */
  readonly made: Map<string, SharedCall>
  /** What the answer may still cost. */
  readonly allowance: Allowance
}

/** An upstream call that several calls wait for. */
export interface SharedCall {
  readonly outcome: Promise<Outcome>
  readonly effort: Effort
}

/** What an attempt is made for: the call itself, again after a failure, or beside one that takes long. */
export type AttemptKind = 'first' | 'retry' | 'hedge'

/** One logical request to a source. Immutable but for its record; a policy narrows it by copying. */
export interface Call {
  /** The key in `data`: the source's id, or the view's or the client's name for it. */
  readonly id: string
  /** The configured source's id. */
  readonly source: string
  readonly context: CallContext
  readonly request: SourceRequest
  /** When it is of no more use, and who says so. */
  readonly deadline: Deadline
  /** Calls it off. Whoever waits on behalf of the call listens, and settles at once. */
  readonly cancel: Cancel
  readonly kind: AttemptKind
  /** Under which the breaker let the attempt in; undefined before it, or without one. */
  readonly permit?: number
  /** The attempt's span in the trace; undefined before it, or where the source is not told of the trace. */
  readonly spanId?: string
  readonly record: CallRecord
}

/** Calls a source. Never rejects: a failure is a value. */
export type SourceCall = (call: Call) => Promise<Outcome>

/** One resilience behaviour: a source call around a source call (lura's `Middleware`, Finagle's `Filter`). */
export type Policy = (next: SourceCall) => SourceCall

/** Of a call that is not made itself, or not yet: it waits for other sources, or stands for one call an item. */
export const NO_REQUEST: SourceRequest = {
  method: 'GET',
  path: '/',
  headers: [],
  body: null,
  key: '',
  shown: () => null,
}

/** What tells upstream calls apart, where those of several sources stand side by side. */
export function keyOf({ source, request }: Call): string {
  return `${source} ${request.key}`
}

/** A record with nothing in it yet. */
export function newRecord(): CallRecord {
  return { startedAt: 0, endedAt: 0, effort: { attempts: 0, hedged: false, bytes: 0 } }
}

/** A stack of policies around a call; the first listed is outermost. */
export function compose(policies: readonly Policy[], innermost: SourceCall): SourceCall {
  return policies.reduceRight((next, policy) => policy(next), innermost)
}
