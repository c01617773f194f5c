import type { Call } from './call.ts'
import type { Outcome } from './outcome.ts'

/** A call to a source that has ended. */
export interface CallEnded {
  readonly call: Call
  readonly outcome: Outcome
}

/** An attempt that has ended, after its body was looked into. */
export interface AttemptEnded extends CallEnded {
  /** Of its call's attempts; the first is 1. */
  readonly number: number
  /** The system's or the library's name for an error. */
  readonly reason: string | null
  readonly contentType: string | null
  /** The first bytes of the body; null where there is none, or its content is coded. */
  readonly body: Buffer | null
}

/** What a source's cache had for a call: a fresh answer, one that is served while it is asked for anew, or none to serve. */
export interface CacheRead {
  readonly call: Call
  readonly result: 'hit' | 'stale' | 'miss'
}

export type BreakerStatus = 'closed' | 'open' | 'half-open'

/** A source's breaker has changed. */
export interface BreakerChanged {
  readonly source: string
  readonly from: BreakerStatus
  readonly to: BreakerStatus
  /** With a change to open: for how many milliseconds; else null. */
  readonly openForMs: number | null
}

/** A part of a view's shape that could not be evaluated, and is null in the answer. */
export interface ShapeFailed {
  readonly requestId: string
  readonly traceId: string
  readonly view: string | null
  /** The key of the shape's part; null where the shape is one expression. */
  readonly key: string | null
  readonly error: Error
}

/** A client's request, without what may be secret: no headers, no body, and of the target only the path is for logs. */
export interface ClientRequest {
  readonly id: string
  readonly method: string
  /** The request target. */
  readonly url: string
}

/** An answer that was given, or would have been if its client had not left. */
export interface AnswerEnded {
  readonly request: ClientRequest & { readonly ip: string }
  readonly traceId: string
  readonly view: string | null
  /** The keys that were asked for. */
  readonly sources: readonly string[]
  /** Those of them that failed or were substituted. */
  readonly failed: readonly string[]
  readonly partial: boolean
  readonly status: number
  /** Whether the client left before. */
  readonly cancelled: boolean
  readonly durationMs: number
  readonly deadlineMs: number
}

/** A request that was refused. */
export interface RequestRefused {
  readonly request: ClientRequest
  readonly status: number
  /** The name of the problem. */
  readonly type: string
  /** What is wrong with the request, each with the place in it; for people. */
  readonly problems: readonly { readonly path: string; readonly message: string }[]
  readonly error: Error
}

/** Something that cannot happen, and did: a fault of ours. */
export interface BugFound {
  /** The source whose call it was; null where it was none's. */
  readonly source: string | null
  readonly error: unknown
}

/** Everything that is told, by name. */
export interface EventMap {
  /** A call that an answer is made of; a list of calls is one. */
  readonly call: CallEnded
  /** The call of one item of a list. */
  readonly item: CallEnded
  /** A call that nobody waited for, because it only renews the cache. */
  readonly refresh: CallEnded
  readonly attempt: AttemptEnded
  readonly cache: CacheRead
  readonly breaker: BreakerChanged
  readonly shape: ShapeFailed
  readonly answer: AnswerEnded
  readonly refusal: RequestRefused
  readonly bug: BugFound
}

export type EventName = keyof EventMap
type Listener<Name extends EventName> = (event: EventMap[Name]) => void
/** Listeners by the event that they want. */
export type Listeners = { readonly [Name in EventName]?: Listener<Name> }

/**
 * The one channel on which the core tells what happens. Logs, metrics and traces listen to it. Whoever emits does not
 * depend on who listens: a listener that throws is reported as a bug, and disturbs neither the call nor the others.
 */
export class Events {
  readonly #all: Listeners[] = []

  /** Adds listeners. They stay as long as the channel. */
  listen(listeners: Listeners): void {
    this.#all.push(listeners)
  }

  /** Whether anybody listens: what is only made for an event need not be made for nobody. */
  has(name: EventName): boolean {
    return this.#all.some((listeners) => listeners[name] !== undefined)
  }

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
