import { type Failure, failure } from './failure.ts'
import { formatBytes } from './limits.ts'

/** What one answer may cost: `server.maxAttempts` and `server.maxAnswerBytes`. */
export interface AllowanceLimits {
  /** Upstream requests, those of hidden sources and of items included. */
  readonly maxAttempts: number
  /** Data of all its calls together, in bytes. */
  readonly maxAnswerBytes: number
}

/**
 * What one answer may still cost. One request can ask for a thousand items of twenty lists, and each policy bounds a
 * source or a call, never the answer: this does.
 */
export class Allowance {
  readonly limits: AllowanceLimits
  #attempts = 0
  #bytes = 0
  #isFull = false

  constructor(limits: AllowanceLimits) {
    this.limits = limits
  }

  /** Whether all attempts are made. */
  get isSpent(): boolean {
    return this.#attempts >= this.limits.maxAttempts
  }

  /** Takes one attempt; false where none is left. */
  takeAttempt(): boolean {
    if (this.isSpent) return false
    this.#attempts += 1
    return true
  }

  /** Returns an attempt that was taken and not made. */
  giveBackAttempt(): void {
    this.#attempts -= 1
  }

  /** Whether a body did not fit because of others. One that is too large for any answer says nothing of the next. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** Takes the bytes of a body; false, and nothing taken, where they do not fit any more. */
  takeBytes(bytes: number): boolean {
    const { maxAnswerBytes } = this.limits
    const fits = this.#bytes + bytes <= maxAnswerBytes
    if (fits) this.#bytes += bytes
    else this.#isFull ||= bytes <= maxAnswerBytes
    return fits
  }

  /** Why a source was not called: no attempt is left. */
  spentFailure(source: string): Failure {
    const { maxAttempts } = this.limits
    const message = `${source} was not called: this answer has made all of its ${maxAttempts} upstream requests (server.maxAttempts)`
    return failure('connection_limit_reached', message)
  }

  /** Why a source's data is not in the answer: it does not fit. */
  fullFailure(source: string, upstreamStatus: number | null = null): Failure {
    const size = formatBytes(this.limits.maxAnswerBytes)
    const message = `the data of ${source} does not fit into this answer, which holds at most ${size} (server.maxAnswerBytes)`
    return failure('http_response_body_size', message, { upstreamStatus, counts: false })
  }
}
