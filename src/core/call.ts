import type { Allowance } from './allowance.ts'
import type { Cancel } from './cancel.ts'
import type { Deadline } from './deadline.ts'
import type { Method } from './method.ts'
import type { Outcome } from './outcome.ts'
import type { Simulation } from './simulation.ts'
import type { Trace } from './trace.ts'

/**
 * The HTTP request to a source. It is complete before the first attempt, so that every attempt sends the same request.
 */
export interface SourceRequest {
  readonly method: Method
  /** Path and query, encoded; starts with `/`. */
  readonly path: string
  /** Alternating names and values; names in lower case. */
  readonly headers: readonly string[]
  readonly body: Buffer | null
  /** Whether it may be sent again: retried, hedged, or on another connection (RFC 9110, section 9.2.2). */
  readonly isRepeatable: boolean
  /**
   * Identifies the request within its source: method, path, body, and the headers that depend on the client or on
   * another source. Request and trace ids are left out. Equal keys mean equal requests.
   */
  readonly key: string
  /** Returns the URL for logs, with secrets masked; null if there is no URL to show. */
  readonly shown: () => string | null
}

/**
 * Attempts and bytes of a call. Calls that share one upstream call share this object. The policies and the transport
 * write it.
 */
export interface Effort {
  /** Attempts made so far, including the first. */
  attempts: number
  /** Requests that began to be sent: of each attempt one, none or, with redirects and stale connections, several. */
  sent: number
  /**
   * Attempts that were not carried out because credentials were refused: the token by the source (401), and then another
   * attempt was made with a new one; or ours by the proxy (407).
   */
  unauthorized: number
  /** Whether a hedge was made. */
  hedged: boolean
  /** Size of the last response body, after content decoding. */
  bytes: number
  /** Where its attempts went, in order, if the source has several origins: the next attempt goes to another one. */
  destinations?: Destination[]
}

/** The origin that an attempt goes to, if the source has several. */
export interface Destination {
  /** Index in the `origins` of the source. */
  readonly origin: number
  /** Permit from the breaker of that origin; null if it has none. */
  readonly permit: number | null
}

/** Times and effort of a call, for events and the answer. The policies write it in place. */
export interface CallRecord {
  /** When the call started and ended, on the scale of `Clock.now()`. */
  startedAt: number
  endedAt: number
  effort: Effort
}

/** The answer that a call belongs to. All calls of one answer share this object. */
export interface CallContext {
  readonly requestId: string
  readonly trace: Trace
  /** Upstream calls of this answer, by `keyOf`. A second call with the same key shares the first one. */
  readonly made: Map<string, SharedCall>
  /** Limits the attempts and bytes of the answer. */
  readonly allowance: Allowance
}

/** An upstream call whose outcome several calls of one answer share. */
export interface SharedCall {
  readonly outcome: Promise<Outcome>
  readonly effort: Effort
}

/** Why an attempt is made: the first of its call, a retry after a failure, or a hedge beside a slow attempt. */
export type AttemptKind = 'first' | 'retry' | 'hedge'

/** One logical request to a source. Immutable except for `record`; a policy narrows it by copying. */
export interface Call {
  /** The key in `data`: the source's id, or the view's or the client's name for it. */
  readonly id: string
  /** The configured source's id. */
  readonly source: string
  readonly context: CallContext
  readonly request: SourceRequest
  /** The instant at which the call ends, and its cause. */
  readonly deadline: Deadline
  /** Cancels the call. Code that waits on behalf of the call must listen and settle at once. */
  readonly cancel: Cancel
  readonly kind: AttemptKind
  /** Is called when the request of an attempt begins to be sent. */
  readonly onSent?: () => void
  /** How the client wants the call to end; undefined for a call that is made. */
  readonly simulation?: Simulation
  /** Permit from the breaker; undefined above the breaker, or if there is no breaker. */
  readonly permit?: number
  /** The origin of the attempt; undefined above `balance`, or if the source has one origin. */
  readonly destination?: Destination
  /** Span id of the attempt; undefined above `propagate`, or if the source gets no trace headers. */
  readonly spanId?: string
  readonly record: CallRecord
}

/** Calls a source. Never rejects: a failure is a value. */
export type SourceCall = (call: Call) => Promise<Outcome>

/** One resilience behaviour: a source call around a source call (lura's `Middleware`, Finagle's `Filter`). */
export type Policy = (next: SourceCall) => SourceCall

/** Placeholder for a call without a request of its own: it waits for other sources, or makes one call per item. */
export const NO_REQUEST: SourceRequest = {
  method: 'GET',
  path: '/',
  headers: [],
  body: null,
  isRepeatable: true,
  key: '',
  shown: () => null,
}

/** Identifies an upstream call across sources: the source id and the key of the request. */
export function keyOf({ source, request }: Call): string {
  return `${source} ${request.key}`
}

/** Returns an empty record. */
export function newRecord(): CallRecord {
  return { startedAt: 0, endedAt: 0, effort: { attempts: 0, sent: 0, unauthorized: 0, hedged: false, bytes: 0 } }
}

/** Wraps `innermost` in the policies; the first listed is outermost. */
export function compose(policies: readonly Policy[], innermost: SourceCall): SourceCall {
  return policies.reduceRight((next, policy) => policy(next), innermost)
}
