import type { Call } from '../core/call.ts'
import type { CancelReason } from '../core/cancel.ts'
import { Exchange, type Exchanged } from './exchange.ts'
import { NO_HEAD } from './head.ts'
import type { Connection, Pool } from './pool.ts'
import { type Message, type RedirectOptions, redirected } from './redirect.ts'

export interface SenderOptions extends RedirectOptions {
  /** Bound of a body, coded and decoded. */
  readonly maxBytes: number
  /** Whether the same request may be sent twice. */
  readonly idempotent: boolean
}

/** What came of an attempt on the wire. */
export interface Sent {
  readonly exchanged: Exchanged
  /** Why it was called off, where it was. */
  readonly cut: CancelReason | null
}

/** Of a request that went out on a connection from before, and was lost with it without a byte of an answer. */
interface Tried extends Sent {
  readonly stale: boolean
}

/** The reason of what broke because the transport was closed. */
export const CLOSED_REASON = 'closed'
/** The reason of a redirect that was not followed because of `server.maxAttempts`. */
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

/** Sends what one attempt takes: its request, that once more if it met a dead connection, and what redirects ask for. */
export class Sender {
  readonly #options: SenderOptions
  readonly #pool: Pool

  constructor(options: SenderOptions, pool: Pool) {
    this.#options = options
    this.#pool = pool
  }

  /** Settles at once when the call is called off, and frees its connection then. */
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
   * A server may close an idle connection just as we write to it, which is nobody's failure (RFC 9112, section 9.3.1). So
   * the request is sent again, on a new connection: the other idle ones may be as dead.
   */
  async #send(call: Call, message: Message): Promise<Sent> {
    const tried = await this.#try(call, message, this.#pool.acquire())
    if (!tried.stale || !this.#options.idempotent) return tried
    return this.#stopped(call) ?? this.#try(call, message, this.#pool.open())
  }

  /** What the attempt ends with where nothing more may be sent. */
  #stopped({ cancel }: Call): Sent | null {
    if (cancel.reason !== null) return { exchanged: ABANDONED, cut: cancel.reason }
    return this.#pool.closed ? { exchanged: CLOSED, cut: null } : null
  }

  /** What a redirect ends with where the answer has made all requests that it may: each one is a request of its own. */
  #spent({ context }: Call): Sent | null {
    return context.allowance.takeAttempt() ? null : { exchanged: SPENT, cut: null }
  }

  #try(call: Call, message: Message, connection: Connection): Promise<Tried> {
    return new Promise((resolve) => {
      const before = lifeOf(connection)
      const phase = connection.open ? 'waiting' : 'connecting'
      let cut: CancelReason | null = null
      const exchange = new Exchange(this.#options.maxBytes, phase, connection, (exchanged, reusable) => {
        stop()
        const stale = isTerminated(exchanged) && before.sockets > 0 && isSame(before, lifeOf(connection))
        if (reusable) this.#pool.release(connection)
        else this.#pool.discard(connection)
        const byUs = this.#pool.closed && exchanged.kind === 'failed' && cut === null
        resolve({ exchanged: byUs ? CLOSED : exchanged, cut, stale })
      })
      const stop = call.cancel.onCancel((reason) => {
        cut = reason
        exchange.abandon(exchange.phase === 'connecting' ? 'connection_timeout' : 'http_response_timeout')
      })
      const { method, path, headers, body } = message
      connection.dispatch({ method, path, headers: headers as string[], body }, exchange)
    })
  }
}

/** How far a connection has come: its how-manieth socket, and the bytes that came over it. */
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
