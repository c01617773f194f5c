import { type Failure, failure } from './failure.ts'
import { formatBytes } from './limits.ts'

/** Limits of one answer: `server.maxAttempts` and `server.maxAnswerBytes`. */
export interface AllowanceLimits {
  /** Maximum number of upstream requests, including those to hidden sources and for items of a list. */
  readonly maxAttempts: number
  /** Maximum size of the data of all calls together, in bytes. */
  readonly maxAnswerBytes: number
}

/**
 * Counts the attempts and the bytes of one answer against its limits. Policies limit one source or one call; without
 * this class, one request could cause a thousand calls for each of twenty lists.
 */
export class Allowance {
  readonly limits: AllowanceLimits
  #attempts = 0
  #bytes = 0
  #isFull = false

  constructor(limits: AllowanceLimits) {
    this.limits = limits
  }

  /** Whether the maximum number of attempts is reached. */
  get isSpent(): boolean {
    return this.#attempts >= this.limits.maxAttempts
  }

  /** Takes one attempt. Returns false if none is left. */
  takeAttempt(): boolean {
    if (this.isSpent) return false
    this.#attempts += 1
    return true
  }

  /** Returns an attempt that was taken but not made. */
  giveBackAttempt(): void {
    this.#attempts -= 1
  }

  /**
   * Whether a body was rejected because of the bodies before it. A body that exceeds the limit by itself does not
   * count: the next one may fit.
   */
  get isFull(): boolean {
    return this.#isFull
  }

  /** Takes the bytes of a body. Returns false, and takes nothing, if they exceed the limit. */
  takeBytes(bytes: number): boolean {
    const { maxAnswerBytes } = this.limits
    const fits = this.#bytes + bytes <= maxAnswerBytes
    if (fits) this.#bytes += bytes
    else this.#isFull ||= bytes <= maxAnswerBytes
    return fits
  }

  /** The failure of a source that is not called because no attempt is left. */
  spentFailure(source: string): Failure {
    const { maxAttempts } = this.limits
    const message = `${source} was not called: this answer has made all of its ${maxAttempts} upstream requests (server.maxAttempts)`
    return failure('connection_limit_reached', message)
  }

  /** The failure of a source whose data exceeds the answer's limit in bytes. */
  fullFailure(source: string, upstreamStatus: number | null = null): Failure {
    const size = formatBytes(this.limits.maxAnswerBytes)
    const message = `the data of ${source} does not fit into this answer, which holds at most ${size} (server.maxAnswerBytes)`
    return failure('http_response_body_size', message, { upstreamStatus, counts: false })
  }
}
