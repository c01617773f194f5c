import type { Call, Policy, SourceCall } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import { failure } from '../core/failure.ts'
import { MESSAGES } from '../core/messages.ts'
import { cutShort, failed, type Outcome } from '../core/outcome.ts'
import { LEAST_USEFUL_MS, Waiters } from './parts/waiters.ts'

/** How many attempts may run at once, and how many may wait for one of them to end. */
export interface BulkheadLimits {
  readonly maxInFlight: number
  /** Infinite for no bound. */
  readonly maxQueue: number
}

/** How much the latest attempt counts for how long they usually take. */
const LATEST_SHARE = 0.2

/**
 * Keeps one source from taking everything: a bounded number of attempts in flight, and a bounded first-come queue whose
 * waiters leave at their deadline. The only queue there is: the transport opens a connection for whatever gets through.
 *
 * A place goes to the first waiter that has as much time left as an attempt usually takes. Otherwise a long queue in
 * front of a source that is slower than its load would serve only those that are about to leave, and none would succeed.
 */
export class Bulkhead {
  /** Attempts that have a place now. */
  inFlight = 0
  readonly #limits: BulkheadLimits
  readonly #clock: Clock
  readonly #waiters = new Waiters()
  /** How long successful attempts take: an exponentially weighted mean, in milliseconds. */
  #usualMs = 0

  constructor(limits: BulkheadLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Attempts that wait for one. */
  get queued(): number {
    return this.#waiters.size
  }

  readonly policy: Policy = (next) => (call) => {
    if (call.cancel.reason !== null) return Promise.resolve(cutShort(call, call.cancel.reason))
    if (this.inFlight < this.#limits.maxInFlight) return this.#run(next, call)
    // a hedge that waits behind others is late by definition
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
