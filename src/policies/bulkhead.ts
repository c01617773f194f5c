import type { Call, Policy, SourceCall } from '../source/call.ts'
import type { Clock } from '../source/deadline.ts'
import { failure } from '../source/failure.ts'
import { cutShort, failed, type Outcome } from '../source/outcome.ts'

/** How many attempts may run at once, and how many may wait for one of them to end. */
export interface BulkheadLimits {
  readonly maxInFlight: number
  readonly maxQueue: number
}

type Waiter = () => void

/** A place that comes free later than this before a waiter's deadline is of no use to it, and goes to the next. */
const LEAST_USEFUL_MS = 5

/**
 * Keeps one source from taking everything: a bounded number of attempts in flight, and a bounded first-come queue whose
 * waiters leave at their deadline. The only queue there is: the transport opens a connection for whatever gets through.
 */
export class Bulkhead {
  /** Attempts that have a place now. */
  inFlight = 0
  readonly #limits: BulkheadLimits
  readonly #clock: Clock
  readonly #waiters = new Set<Waiter>()

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
      return await next(call)
    } finally {
      this.#release()
    }
  }

  #release(): void {
    this.inFlight -= 1
    for (const waiter of this.#waiters) {
      if (this.inFlight >= this.#limits.maxInFlight) return
      waiter()
    }
  }

  #wait(next: SourceCall, call: Call): Promise<Outcome> {
    return new Promise((resolve) => {
      const leave = (outcome: Promise<Outcome> | Outcome): void => {
        this.#waiters.delete(enter)
        stop()
        resolve(outcome)
      }
      const enter: Waiter = () => leave(this.#tooLate(call) ? this.#overdue(call) : this.#run(next, call))
      this.#waiters.add(enter)
      const stop = call.cancel.onCancel((reason) => {
        leave(reason === 'call' ? this.#overdue(call) : cutShort(call, reason))
      })
    })
  }

  #tooLate(call: Call): boolean {
    return call.deadline.at - this.#clock.now() < LEAST_USEFUL_MS
  }

  #full(call: Call): Outcome {
    const { maxInFlight, maxQueue } = this.#limits
    const message = `${call.source} has reached its limit of ${maxInFlight} calls in flight and ${maxQueue} waiting`
    return failed(failure('connection_limit_reached', message))
  }

  #overdue(call: Call): Outcome {
    if (call.deadline.cause === 'batch') return cutShort(call, 'batch')
    const waited = Math.round(call.deadline.spanMs)
    const message = `${call.source} was not called: its limit of ${this.#limits.maxInFlight} calls in flight was reached for ${waited} ms`
    return failed(failure('connection_limit_reached', message))
  }
}
