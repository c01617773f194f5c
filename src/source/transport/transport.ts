import { MAX_UPSTREAM_HEADER_BYTES } from '../../limits.ts'
import type { Call } from '../call.ts'
import type { CancelReason } from '../cancel.ts'
import type { FailureCode } from '../failure.ts'
import { failure, statusFailure } from '../failure.ts'
import { cutShort, failed, live, type Outcome } from '../outcome.ts'
import { parseRetryAfter } from '../retry-after.ts'
import { type Decoded, decodeCodings } from './coding.ts'
import { Exchange, type Exchanged } from './exchange.ts'
import { messageOf } from './messages.ts'
import { Pool } from './pool.ts'

export interface TransportOptions {
  /** Scheme, host and port; every request goes there. */
  readonly origin: string
  /** Name look-up, TCP and TLS together, in milliseconds. */
  readonly connectTimeoutMs: number
  /** Bound of a decoded body. */
  readonly maxBytes: number
  /** Statuses that mean "empty", besides 204 and 205. */
  readonly emptyStatuses: readonly number[]
}

/** Is told of every attempt once it has ended; `reason` is the system's or the library's name for an error. */
export type AttemptObserver = (call: Call, outcome: Outcome, reason: string | null) => void

/** Makes attempts at one source, each one HTTP request on a connection that it has for itself. */
export class Transport {
  readonly #options: TransportOptions
  readonly #observer: AttemptObserver
  readonly #pool: Pool
  readonly #empty: ReadonlySet<number>

  constructor(options: TransportOptions, observer: AttemptObserver) {
    this.#options = options
    this.#observer = observer
    this.#pool = new Pool({ ...options, maxHeaderBytes: MAX_UPSTREAM_HEADER_BYTES })
    this.#empty = new Set(options.emptyStatuses)
  }

  /** One attempt. Settles at once when the call is called off, and frees its connection then. */
  readonly attempt = async (call: Call): Promise<Outcome> => {
    if (call.cancel.reason !== null) return cutShort(call, call.cancel.reason)
    call.record.attempts += 1
    const { exchanged, cut } = await this.#exchange(call)
    const outcome =
      cut !== null && exchanged.kind === 'failed'
        ? this.#cut(call, cut, exchanged)
        : await this.#outcome(call, exchanged)
    this.#observer(call, outcome, exchanged.kind === 'failed' ? exchanged.reason : null)
    return outcome
  }

  /** Closes every connection. What still runs fails. */
  close(): void {
    this.#pool.close()
  }

  #exchange(call: Call): Promise<{ exchanged: Exchanged; cut: CancelReason | null }> {
    return new Promise((resolve) => {
      const connection = this.#pool.acquire()
      const phase = connection.open ? 'waiting' : 'connecting'
      let cut: CancelReason | null = null
      const exchange = new Exchange(this.#options.maxBytes, phase, connection, (exchanged, reusable) => {
        stop()
        if (reusable) this.#pool.release(connection)
        else this.#pool.discard(connection)
        resolve({ exchanged, cut })
      })
      const stop = call.cancel.onCancel((reason) => {
        cut = reason
        exchange.abandon(exchange.phase === 'connecting' ? 'connection_timeout' : 'http_response_timeout')
      })
      const { method, path, headers, body } = call.request
      connection.dispatch({ method, path, headers: headers as string[], body }, exchange)
    })
  }

  /** A timeout while connecting says more than one without a response; the answer's deadline and a client say nothing. */
  #cut(call: Call, reason: CancelReason, exchanged: Exchanged & { kind: 'failed' }): Outcome {
    const own = reason === 'call' || reason === 'attempt'
    return own && exchanged.code === 'connection_timeout'
      ? this.#failed(call, 'connection_timeout', null)
      : cutShort(call, reason)
  }

  #outcome(call: Call, exchanged: Exchanged): Promise<Outcome> | Outcome {
    if (exchanged.kind === 'failed') return this.#failed(call, exchanged.code, exchanged.status)
    if (exchanged.kind === 'body') return this.#body(call, exchanged)
    const { status, retryAfter } = exchanged
    if (this.#empty.has(status)) return live(null, status)
    const overloaded = status === 429 || status === 503
    return failed(statusFailure(call.source, status, overloaded ? parseRetryAfter(retryAfter, Date.now()) : null))
  }

  async #body(call: Call, exchanged: Exchanged & { kind: 'body' }): Promise<Outcome> {
    const { status, codings } = exchanged
    if (status === 204 || status === 205) return live(null, status)
    const body = codings.length === 0 ? exchanged.body : await this.#decoded(call, exchanged)
    if (typeof body === 'object' && 'cutShort' in body) return cutShort(call, body.cutShort)
    if (body === 'too large') return this.#failed(call, 'http_response_body_size', status)
    if (body === 'broken') return this.#failed(call, 'http_response_content_coding', status)
    call.record.bytes = body.length
    return live(body, status)
  }

  /** A timeout covers this too: what is decoded after it is dropped. */
  #decoded(
    call: Call,
    { body, codings }: Exchanged & { kind: 'body' },
  ): Promise<Decoded | { readonly cutShort: CancelReason }> {
    return new Promise((resolve) => {
      const stop = call.cancel.onCancel((reason) => resolve({ cutShort: reason }))
      void decodeCodings(body, codings, this.#options.maxBytes).then(resolve).finally(stop)
    })
  }

  #failed(call: Call, code: FailureCode, upstreamStatus: number | null): Outcome {
    return failed(failure(code, messageOf(code, call.source, this.#options), { upstreamStatus }))
  }
}
