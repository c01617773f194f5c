import type { Call, Policy, SourceCall } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import { failure } from '../core/failure.ts'
import { MESSAGES } from '../core/messages.ts'
import { cutShort, failed, type Outcome } from '../core/outcome.ts'
import { LEAST_USEFUL_MS, Waiters } from './parts/waiters.ts'

/** Maximum numbers of attempts that run and that wait. */
export interface BulkheadLimits {
  readonly maxInFlight: number
  /** `Infinity` for no limit. */
  readonly maxQueue: number
}

/** Weight of the latest attempt in the moving average. */
const LATEST_SHARE = 0.2

/**
 * Limits the attempts in flight to one source, and queues the excess first come, first served. It is the only queue for
 * connections: the transport opens one for every attempt that gets through.
 *
 * A free slot goes to the first waiter that has at least as much time left as an attempt usually takes. Otherwise, when
 * the source is slower than its load, a long queue would serve only waiters that are about to time out, and no attempt
 * would succeed.
 */
export class Bulkhead {
  /** Attempts in flight. */
  inFlight = 0
  readonly #limits: BulkheadLimits
  readonly #clock: Clock
  readonly #waiters = new Waiters()
  /** Exponentially weighted mean duration of successful attempts, in milliseconds. */
  #usualMs = 0

  constructor(limits: BulkheadLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Attempts in the queue. */
  get queued(): number {
    return this.#waiters.size
  }

  readonly policy: Policy = (next) => (call) => {
    if (call.cancel.reason !== null) return Promise.resolve(cutShort(call, call.cancel.reason))
    if (this.inFlight < this.#limits.maxInFlight) return this.#run(next, call)
    // a hedge that has to queue would start too late to help
    if (this.queued >= this.#limits.maxQueue || call.kind === 'hedge') return Promise.resolve(this.#full(call))
    return this.#wait(next, call)
  }

  async #run(next: SourceCall, call: Call): Promise<Outcome> {
    this.inFlight += 1
    try {
      const outcome = await next(call)
      if (outcome.failure === null) this.#usualMs += LATEST_SHARE * (outcome.attemptMs - this.#usualMs)
      return outcome
    } finally {
      this.#release()
    }
  }

  #release(): void {
    this.inFlight -= 1
    this.#waiters.letIn(() => this.inFlight < this.#limits.maxInFlight)
  }

  #wait(next: SourceCall, call: Call): Promise<Outcome> {
    return this.#waiters.wait(
      call,
      () => (this.#tooLate(call) ? this.#overdue(call) : this.#run(next, call)),
      (reason) => (reason === 'call' ? this.#overdue(call) : cutShort(call, reason)),
    )
  }

  #tooLate(call: Call): boolean {
    return call.deadline.at - this.#clock.now() < Math.max(LEAST_USEFUL_MS, this.#usualMs)
  }

  #full(call: Call): Outcome {
    const { maxInFlight, maxQueue } = this.#limits
    return failed(failure('connection_limit_reached', MESSAGES.bulkheadFull(call.source, maxInFlight, maxQueue)))
  }

  #overdue(call: Call): Outcome {
    if (call.deadline.cause === 'batch') return cutShort(call, 'batch')
    const waited = Math.round(call.deadline.spanMs)
    const message = `${call.source} was not called: its limit of ${this.#limits.maxInFlight} calls in flight was reached for ${waited} ms`
    return failed(failure('connection_limit_reached', message))
  }
}
