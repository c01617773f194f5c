import type { Call } from '../core/call.ts'
import type { CancelReason } from '../core/cancel.ts'
import { Exchange, type Exchanged, type ExchangeLimits } from './exchange.ts'
import { NO_HEAD } from './head.ts'
import type { Connection, Pool } from './pool.ts'
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
  async send(call: Call): Promise<Sent> {
    let message: Message = call.request
    let sent = await this.#send(call, message)
    for (let hops = 0; hops < this.#options.redirects; hops += 1) {
      const next = redirected(message, sent.exchanged, this.#options)
      if (next === null) break
      message = next
      sent = this.#stopped(call) ?? this.#spent(call) ?? (await this.#send(call, message))
    }
    return sent
  }

  /**
   * Sends a request. A server may close an idle connection while we write to it, which is not a failure (RFC 9112,
   * section 9.3.1). The request is then sent again on a new connection, because other idle ones may be closed too.
   */
  async #send(call: Call, message: Message): Promise<Sent> {
    const tried = await this.#try(call, message, this.#pool.acquire())
    if (!tried.stale || !call.request.isRepeatable) return tried
    return this.#stopped(call) ?? this.#try(call, message, this.#pool.open())
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

  #try(call: Call, message: Message, connection: Connection): Promise<Tried> {
    return new Promise((resolve) => {
      const before = lifeOf(connection)
      const phase = connection.open ? 'waiting' : 'connecting'
      let cut: CancelReason | null = null
      const exchange = new Exchange(this.#options, phase, connection, (exchanged, reusable) => {
        stop()
        const stale = isTerminated(exchanged) && before.sockets > 0 && isSame(before, lifeOf(connection))
        if (reusable) this.#pool.release(connection)
        else this.#pool.discard(connection)
        const byUs = this.#pool.closed && exchanged.kind === 'failed' && cut === null
        resolve({ exchanged: byUs ? CLOSED : exchanged, cut, stale })
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
    })
  }
}

/** Progress of a connection: number of sockets, and bytes received. */
interface Life {
  readonly sockets: number
  readonly received: number
}

function lifeOf({ sockets, received }: Connection): Life {
  return { sockets, received }
}

function isSame(a: Life, b: Life): boolean {
  return a.sockets === b.sockets && a.received === b.received
}

function isTerminated(exchanged: Exchanged): boolean {
  return exchanged.kind === 'failed' && exchanged.code === 'connection_terminated'
}
