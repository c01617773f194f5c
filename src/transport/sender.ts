import type { Call } from '../core/call.ts'
import type { CancelReason } from '../core/cancel.ts'
import type { Connection } from './connection.ts'
import { Exchange, type Exchanged, type ExchangeLimits } from './exchange.ts'
import { NO_HEAD } from './head.ts'
import type { Pool } from './pool.ts'
import { type Message, type RedirectOptions, redirected } from './redirect.ts'

/** How requests are sent. */
export type SenderOptions = RedirectOptions & ExchangeLimits

/** The result of sending an attempt. */
export interface Sent {
  readonly exchanged: Exchanged
  /** The reason if it was cancelled; else null. */
  readonly cut: CancelReason | null
}

/**
 * Result of one try. `stale`: the request was sent on a reused connection, which closed before any byte of a response.
 */
interface Tried extends Sent {
  readonly stale: boolean
}

/** A request of an attempt, and how many redirects led to it. */
interface Step {
  readonly message: Message
  readonly hops: number
}

type End = (sent: Sent) => void

/** `reason` of an exchange that failed because the transport was closed. */
export const CLOSED_REASON = 'closed'
/** `reason` of a redirect that was not followed because of `server.maxAttempts`. */
export const SPENT_REASON = 'maxAttempts'

const ABANDONED: Exchanged = {
  kind: 'failed',
  code: 'http_response_timeout',
  reason: 'abandoned',
  status: null,
  head: NO_HEAD,
}
const CLOSED: Exchanged = {
  kind: 'failed',
  code: 'connection_terminated',
  reason: CLOSED_REASON,
  status: null,
  head: NO_HEAD,
}

const SPENT: Exchanged = {
  kind: 'failed',
  code: 'connection_limit_reached',
  reason: SPENT_REASON,
  status: null,
  head: NO_HEAD,
}

/** Sends the requests of one attempt: the request, a second time if its connection was stale, and redirects. */
export class Sender {
  readonly #options: SenderOptions
  readonly #pool: Pool

  constructor(options: SenderOptions, pool: Pool) {
    this.#options = options
    this.#pool = pool
  }

  /** Sends the request of a call. When the call is cancelled, it settles at once and frees the connection. */
  send(call: Call): Promise<Sent> {
    return new Promise((resolve) => this.#send(call, { message: call.request, hops: 0 }, resolve))
  }

  /**
   * Sends a request. A server may close an idle connection while we write to it, which is not a failure (RFC 9112,
   * section 9.3.1). The request is then sent again on a new connection, because other idle ones may be closed too.
   */
  #send(call: Call, step: Step, end: End): void {
    this.#try(call, step.message, this.#pool.acquire(), (tried) => {
      if (!tried.stale || !call.request.isRepeatable) return this.#follow(call, step, tried, end)
      const stopped = this.#stopped(call)
      if (stopped !== null) return end(stopped)
      this.#try(call, step.message, this.#pool.open(), (again) => this.#follow(call, step, again, end))
    })
  }

  /** Sends the request that a redirect asks for; without one, ends with what came. */
  #follow(call: Call, { message, hops }: Step, sent: Sent, end: End): void {
    const next = hops < this.#options.redirects ? redirected(message, sent.exchanged, this.#options) : null
    if (next === null) return end(sent)
    // not before undici has done with the response: it looks then for bytes that nobody asked for
    queueMicrotask(() => {
      const ended = this.#stopped(call) ?? this.#spent(call)
      if (ended === null) this.#send(call, { message: next, hops: hops + 1 }, end)
      else end(ended)
    })
  }

  /** Returns the result of the attempt if the call is cancelled or the transport is closed; else null. */
  #stopped({ cancel }: Call): Sent | null {
    if (cancel.reason !== null) return { exchanged: ABANDONED, cut: cancel.reason }
    return this.#pool.closed ? { exchanged: CLOSED, cut: null } : null
  }

  /**
   * Returns the result of a redirect if the answer has no attempts left; else null. Each redirect counts as an attempt.
   */
  #spent({ context }: Call): Sent | null {
    return context.allowance.takeAttempt() ? null : { exchanged: SPENT, cut: null }
  }

  /** `end` is called once. Not a promise: each takes time, and one for the whole attempt is enough. */
  #try(call: Call, message: Message, connection: Connection, end: (tried: Tried) => void): void {
    const { sockets, received } = connection
    const phase = connection.open ? 'waiting' : 'connecting'
    let cut: CancelReason | null = null
    const exchange = new Exchange(this.#options, phase, connection, (exchanged, reusable) => {
      stop()
      // the same socket as before, and it has received nothing
      const untouched = connection.sockets === sockets && connection.received === received
      const stale = sockets > 0 && untouched && isTerminated(exchanged)
      if (reusable) this.#pool.release(connection)
      else this.#pool.discard(connection)
      const byUs = this.#pool.closed && exchanged.kind === 'failed' && cut === null
      end({ exchanged: byUs ? CLOSED : exchanged, cut, stale })
    })
    exchange.onStart = () => {
      call.record.effort.sent += 1
      call.onSent?.()
    }
    const stop = call.cancel.onCancel((reason) => {
      cut = reason
      exchange.abandon(exchange.phase === 'connecting' ? 'connection_timeout' : 'http_response_timeout')
    })
    const { method, path, headers, body } = message
    connection.dispatch({ method, path, headers: headers as string[], body }, exchange)
  }
}

function isTerminated(exchanged: Exchanged): boolean {
  return exchanged.kind === 'failed' && exchanged.code === 'connection_terminated'
}
