import type { Call } from '../core/call.ts'
import type { CancelReason } from '../core/cancel.ts'
import type { Clock } from '../core/deadline.ts'
import { type Failure, type FailureCode, failure, statusFailure } from '../core/failure.ts'
import { cutShort, failed, live, type Outcome } from '../core/outcome.ts'
import { type Decoded, decodeCodings } from './coding.ts'
import { MAX_DRAIN_BYTES } from './drain.ts'
import { isTemporary } from './errors.ts'
import type { Exchanged } from './exchange.ts'
import { messageOf } from './messages.ts'
import type { TransportOptions } from './options.ts'
import { parseRetryAfter } from './retry-after.ts'
import { CLOSED_REASON, type Sent, SPENT_REASON } from './sender.ts'

type AttemptOptions = Pick<
  TransportOptions,
  'timeoutMs' | 'attemptTimeoutMs' | 'connectTimeoutMs' | 'maxBytes' | 'emptyStatuses'
>

type Of<Kind extends Exchanged['kind']> = Exchanged & { readonly kind: Kind }

/** One attempt, from its start to its outcome. */
export class Attempt {
  readonly #call: Call
  readonly #options: AttemptOptions
  readonly #clock: Clock
  /** Number of the attempt within its call, from 1. */
  readonly number: number
  /** On the scale of `Clock.now()`. */
  readonly startedAt: number

  constructor(call: Call, options: AttemptOptions, clock: Clock) {
    this.#call = call
    this.#options = options
    this.#clock = clock
    this.startedAt = clock.now()
    call.record.effort.attempts += 1
    if (call.kind === 'hedge') call.record.effort.hedged = true
    this.number = call.record.effort.attempts
  }

  /** Returns the outcome. Content codings of the body are decoded first; this counts as time of the attempt. */
  outcome({ exchanged, cut }: Sent): Promise<Outcome> | Outcome {
    if (exchanged.kind === 'body') return this.#body(exchanged)
    if (exchanged.kind === 'status') return this.#status(exchanged)
    return cut === null ? this.#broken(exchanged) : this.#cut(cut, exchanged.code)
  }

  get #tookMs(): number {
    return this.#clock.now() - this.startedAt
  }

  /**
   * A timeout while connecting has its own code, because it is more specific. The deadline of the answer and a
   * disconnected client are not failures of the source.
   */
  #cut(reason: CancelReason, code: FailureCode | null): Outcome {
    const own = reason === 'call' || reason === 'attempt'
    if (own && code === 'connection_timeout') return this.#failed('connection_timeout', null)
    const tookMs = this.#tookMs
    const outcome = cutShort(this.#call, reason, tookMs)
    const { attemptTimeoutMs, timeoutMs } = this.#options
    const overdue = reason === 'batch' && tookMs >= (attemptTimeoutMs ?? timeoutMs)
    // if the timeout is due as well, it is chance which timer fired first, so the breaker must count this
    return overdue && outcome.failure !== null ? { ...outcome, failure: { ...outcome.failure, counts: true } } : outcome
  }

  #broken({ code, reason, status }: Of<'failed'>): Outcome {
    if (reason === CLOSED_REASON) return failed(closedFailure(this.#call.source), this.#tookMs)
    if (reason === SPENT_REASON)
      return failed(this.#call.context.allowance.spentFailure(this.#call.source), this.#tookMs)
    // the proxy has passed nothing on (RFC 9110, section 15.5.8)
    if (code === 'authorization_failed') this.#call.record.effort.unauthorized += 1
    return this.#failed(code, status, isTemporary(reason) ? { retry: 'soon' } : {})
  }

  #status(exchanged: Of<'status'>): Promise<Outcome> | Outcome {
    const { status, head, body } = exchanged
    if (this.#options.emptyStatuses.includes(status)) return live(null, status, this.#tookMs)
    const overloaded = status === 429 || status === 503
    const retryAfterMs = overloaded ? parseRetryAfter(head.retryAfter, Date.now()) : null
    const outcome = failed(statusFailure(this.#call.source, status, retryAfterMs), this.#tookMs)
    if (body === null || head.codings === null) return outcome
    const said = head.charset === null ? outcome : { ...outcome, charset: head.charset }
    return head.codings.length === 0 ? { ...said, errorBody: body } : this.#uncodedError(said, body, head.codings)
  }

  /** A body that cannot be decoded gives no details, and no other failure. */
  async #uncodedError(outcome: Outcome, body: Buffer, codings: readonly string[]): Promise<Outcome> {
    const errorBody = await this.#decoded(body, codings, MAX_DRAIN_BYTES)
    const tookMs = this.#tookMs
    return Buffer.isBuffer(errorBody) ? { ...outcome, errorBody, attemptMs: tookMs } : { ...outcome, attemptMs: tookMs }
  }

  #body(exchanged: Of<'body'>): Promise<Outcome> | Outcome {
    const { status, body, head } = exchanged
    if (status === 204 || status === 205) return live(null, status, this.#tookMs)
    // without a mark of its end, an empty body may be one that was cut off
    if (body.length === 0 && head.isFramed) return live(null, status, this.#tookMs)
    return head.codings?.length === 0 ? this.#whole(exchanged, body) : this.#uncoded(exchanged)
  }

  #whole({ status, head }: Of<'body'>, body: Buffer): Outcome {
    this.#call.record.effort.bytes = body.length
    const outcome = live(body, status, this.#tookMs)
    return head.charset === null ? outcome : { ...outcome, charset: head.charset }
  }

  async #uncoded(exchanged: Of<'body'>): Promise<Outcome> {
    const { status, head } = exchanged
    const body = await this.#decoded(exchanged.body, head.codings ?? [], this.#options.maxBytes)
    if (typeof body === 'object' && 'cutShort' in body) return this.#cut(body.cutShort, null)
    if (body === 'too large') return this.#failed('http_response_body_size', status)
    if (body === 'broken') return this.#failed('http_response_content_coding', status)
    return this.#whole(exchanged, body)
  }

  /** Decodes the body, or settles when the call is cancelled. zlib cannot be stopped, so a late result is dropped. */
  #decoded(
    body: Buffer,
    codings: readonly string[],
    maxBytes: number,
  ): Promise<Decoded | { readonly cutShort: CancelReason }> {
    return new Promise((resolve) => {
      const stop = this.#call.cancel.onCancel((reason) => resolve({ cutShort: reason }))
      void decodeCodings(body, codings, maxBytes).then(resolve).finally(stop)
    })
  }

  #failed(code: FailureCode, upstreamStatus: number | null, more: Partial<Failure> = {}): Outcome {
    const message = messageOf(code, this.#call.source, this.#options)
    return failed(failure(code, message, { upstreamStatus, ...more }), this.#tookMs)
  }
}

/**
 * The failure of an attempt whose transport was closed. It is not the fault of the source, and a retry would fail too.
 */
export function closedFailure(source: string): Failure {
  const message = `the connections to ${source} are closed`
  return failure('connection_terminated', message, { retry: 'never', counts: false })
}
