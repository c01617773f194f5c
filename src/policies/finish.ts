import type { Call, Policy, SourceCall } from '../core/call.ts'
import { Cancel, type CancelReason } from '../core/cancel.ts'
import type { Clock, Deadline } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import { cutShort, type Outcome } from '../core/outcome.ts'
import type { Pending } from '../core/pending.ts'

/** Dependencies of the policy. */
export interface FinishDependencies {
  readonly clock: Clock
  /** Receives a `finished` event for each request that ends after its answer. */
  readonly events: Events
  /** Takes the requests that run on. */
  readonly unfinished: Pending
}

/**
 * Lets a request that may change something run on when its answer reaches its deadline or its client leaves: cutting it
 * off would not undo it, and its result would be known to nobody. It runs at most until the timeout of its source. A
 * request that was not sent yet is cut off.
 */
export function finish(timeoutMs: number, dependencies: FinishDependencies): Policy {
  return (next) => (call) => {
    if (call.cancel.reason !== null) return Promise.resolve(cutShort(call, call.cancel.reason))
    return new Writing(next, call, timeoutMs, dependencies).run()
  }
}

/** One attempt of a call that may change something. */
class Writing {
  readonly #next: SourceCall
  readonly #call: Call
  readonly #dependencies: FinishDependencies
  readonly #cancel = new Cancel()
  /** The timeout of the source alone: the answer does not end the request. */
  readonly #deadline: Deadline
  #isSent = false

  constructor(next: SourceCall, call: Call, timeoutMs: number, dependencies: FinishDependencies) {
    this.#next = next
    this.#call = call
    this.#dependencies = dependencies
    this.#deadline = { at: call.record.startedAt + timeoutMs, cause: 'call', spanMs: timeoutMs }
  }

  run(): Promise<Outcome> {
    const { cancel, onSent } = this.#call
    return new Promise((resolve, reject) => {
      const noteSent = (): void => {
        this.#isSent = true
        onSent?.()
      }
      const made = this.#next({
        ...this.#call,
        cancel: this.#cancel,
        deadline: this.#deadline,
        onSent: noteSent,
      })
      const stop = cancel.onCancel((reason) => {
        if (!this.#runsOn(reason)) return this.#cancel.cancel(reason)
        this.#dependencies.unfinished.add(this.#finish(made))
        resolve(cutShort(this.#call, reason))
      })
      made.then(resolve, reject).finally(stop)
    })
  }

  #runsOn(reason: CancelReason): boolean {
    return this.#isSent && (reason === 'batch' || reason === 'client')
  }

  async #finish(made: Promise<Outcome>): Promise<void> {
    const { clock, events } = this.#dependencies
    const timer = clock.setTimeout(() => this.#cancel.cancel('call'), Math.max(0, this.#deadline.at - clock.now()))
    try {
      const outcome = await made
      outcome.tell?.(outcome)
      const record = { ...this.#call.record, endedAt: clock.now() }
      events.emit('finished', { call: { ...this.#call, record }, outcome })
    } catch (error) {
      events.emit('bug', { source: this.#call.source, error })
    } finally {
      clock.clearTimeout(timer)
    }
  }
}
