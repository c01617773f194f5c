import type { Call } from './call.ts'
import type { KeysChanged, TokenChanged } from './credentials-changed.ts'
import type { FailureCode } from './failure.ts'
import type { DetailsLeftOut, HeaderLeftOut } from './left-out.ts'
import type { Outcome } from './outcome.ts'
import type { Trace } from './trace.ts'

/** A call to a source that has ended. */
export interface CallEnded {
  readonly call: Call
  readonly outcome: Outcome
}

/** An attempt that begins. */
export interface AttemptStarted {
  readonly call: Call
}

/** An attempt that has ended, after its body was decoded. */
export interface AttemptEnded extends CallEnded {
  /** Number of the attempt within its call, from 1. */
  readonly number: number
  /** When it started, on the scale of `Clock.now()`; it took `outcome.attemptMs`. */
  readonly startedAt: number
  /** Error code of the system, Node or undici; null if there was no error. */
  readonly reason: string | null
  readonly contentType: string | null
  /** The first bytes of the body; null if there is no body, or if it has a content coding. */
  readonly body: Buffer | null
}

/** Result of a cache lookup: a fresh value, a stale value that is served and refreshed, or none that can be served. */
export interface CacheRead {
  readonly call: Call
  readonly result: 'hit' | 'stale' | 'miss'
}

/** Data that does not fit the `schema` of its source. */
export interface SchemaMismatch {
  readonly call: Call
  /** What does not fit: names of members, but no values. */
  readonly detail: string
  /** With `validate: warn`, where the data passes: where it does not fit, as JSON pointers. Else null. */
  readonly pointers: readonly string[] | null
}

/** States of a breaker. */
export type BreakerStatus = 'closed' | 'open' | 'half-open'

/** The breaker of a source, or of one of its origins, has changed its state. */
export interface BreakerChanged {
  readonly source: string
  /** Index of the origin; null if the source has one origin. */
  readonly origin: number | null
  readonly from: BreakerStatus
  readonly to: BreakerStatus
  /** How long the breaker stays open, in milliseconds; null unless `to` is open. */
  readonly openForMs: number | null
}

/** Why Redis cannot be used. */
export type RedisReason =
  | 'connection_refused'
  | 'connection_timeout'
  | 'connection_terminated'
  | 'dns_error'
  | 'tls_error'
  | 'protocol_error'
  | 'authentication_failed'
  | 'no_permission'
  | 'timeout'
  | 'slow'
  | 'read_only'
  | 'out_of_memory'
  | 'cannot_save'
  | 'no_replicas'
  | 'loading'
  | 'busy'
  | 'is_a_cluster'
  | 'no_such_database'

/** Redis can be used, or cannot be used any more. */
export interface RedisChanged {
  readonly available: boolean
  /** Null where it is available. */
  readonly reason: RedisReason | null
}

/** A part of a view's shape that could not be evaluated. It is null in the answer. */
export interface ShapeFailed {
  readonly requestId: string
  readonly traceId: string
  readonly view: string | null
  /** The key of the shape's part; null where the shape is one expression. */
  readonly key: string | null
  readonly error: Error
}

/**
 * A client's request without headers and body, which may be secret. Log only the path of `url`: the query may be secret
 * too.
 */
export interface ClientRequest {
  readonly id: string
  readonly method: string
  /** The request target: path and query. */
  readonly url: string
}

/** How a client's request arrived: what its span shows besides its result. */
export interface Arrival {
  readonly trace: Trace
  /** The pattern of its route, as in `/aggregate`; null for an unknown path. */
  readonly route: string | null
  /** `http` or `https`, and the client's address, both seen through `trustProxy`. */
  readonly scheme: string
  readonly ip: string
  /** On the scale of `Clock.now()`. */
  readonly at: number
}

/** A source that failed, or whose data was substituted. */
export interface FailedKey {
  /** The key in `data`. */
  readonly id: string
  readonly code: FailureCode
}

/** An answer that was sent, or was discarded because the client had disconnected. */
export interface AnswerEnded {
  readonly request: ClientRequest
  readonly arrival: Arrival
  readonly view: string | null
  /** The requested keys. */
  readonly sources: readonly string[]
  readonly failed: readonly FailedKey[]
  readonly partial: boolean
  readonly status: number
  /** Whether the client had calls simulated: then it says nothing of the service. */
  readonly simulated: boolean
  /** Whether the client disconnected before the answer was sent. */
  readonly cancelled: boolean
  readonly durationMs: number
  readonly deadlineMs: number
}

/** A request that was rejected. */
export interface RequestRefused {
  readonly request: ClientRequest
  readonly status: number
  /** The problem type. */
  readonly type: string
  /** Errors in the request, each with its path and a message for people. */
  readonly problems: readonly { readonly path: string; readonly message: string }[]
  readonly error: Error
  /** Null if the request could not be read. */
  readonly arrival: Arrival | null
}

/** A bug in this service. */
export interface BugFound {
  /** The source that was being called; null if none was. */
  readonly source: string | null
  readonly error: unknown
}

/** All events, by name. */
export interface EventMap {
  /** A call of an answer has ended. With `forEach` all calls for the list are one event. */
  readonly call: CallEnded
  /** The call for one item of a list has ended. */
  readonly item: CallEnded
  /** A request that may have changed something has ended after its answer. */
  readonly finished: CallEnded
  /** A call that refreshed the cache in the background has ended. */
  readonly refresh: CallEnded
  readonly attemptStart: AttemptStarted
  readonly attempt: AttemptEnded
  readonly cache: CacheRead
  readonly mismatch: SchemaMismatch
  readonly details: DetailsLeftOut
  readonly header: HeaderLeftOut
  readonly breaker: BreakerChanged
  readonly redis: RedisChanged
  readonly shape: ShapeFailed
  readonly answer: AnswerEnded
  readonly refusal: RequestRefused
  readonly keys: KeysChanged
  readonly token: TokenChanged
  readonly bug: BugFound
}

/** Names of events. */
export type EventName = keyof EventMap
type Listener<Name extends EventName> = (event: EventMap[Name]) => void
/** Listeners by event name. */
export type Listeners = { readonly [Name in EventName]?: Listener<Name> }

/**
 * Publishes the events of the core; logs, metrics and traces subscribe to them. An exception in a listener is emitted
 * as `bug`, and affects neither the call nor other listeners.
 */
export class Events {
  readonly #all: Listeners[] = []

  /** Adds listeners. They cannot be removed. */
  listen(listeners: Listeners): void {
    this.#all.push(listeners)
  }

  /** Whether the event has a listener. If not, the caller can skip the work of building the event. */
  has(name: EventName): boolean {
    return this.#all.some((listeners) => listeners[name] !== undefined)
  }

  /** Calls every listener of the event. Does not throw. */
  emit<Name extends EventName>(name: Name, event: EventMap[Name]): void {
    for (const listeners of this.#all) {
      const listener: Listener<Name> | undefined = listeners[name]
      try {
        listener?.(event)
      } catch (error) {
        if (name !== 'bug') this.emit('bug', { source: null, error })
      }
    }
  }
}
