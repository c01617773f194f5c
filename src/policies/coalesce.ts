import { type Call, type Effort, keyOf, newRecord, type Policy, type SourceCall } from '../core/call.ts'
import { Cancel, type CancelReason } from '../core/cancel.ts'
import { NO_DEADLINE } from '../core/deadline.ts'
import { cutShort, type Outcome } from '../core/outcome.ts'

/**
 * Within one answer, makes calls with the same key once. They all have the deadline and the client of the answer, so
 * they can share the first call without a cancel of their own.
 */
export const coalesceAnswer: Policy = (next) => (call) => {
  const { made } = call.context
  const key = keyOf(call)
  const same = made.get(key)
  if (same !== undefined) {
    call.record.effort = same.effort
    return same.outcome
  }
  const outcome = next(call)
  // after `next`: Coalesce below may have replaced `record.effort`
  made.set(key, { outcome, effort: call.record.effort })
  return outcome
}

/**
 * Across answers, makes identical concurrent calls once. The shared upstream call has its own cancel, and only the
 * timeout of the source as its deadline. Each caller keeps its deadline and its cancel; when the last caller leaves,
 * the upstream call is cancelled.
 *
 * With `keeps`, the result will be cached, so the upstream call continues when callers reach their deadline. It still
 * ends when all clients have disconnected.
 */
export class Coalesce {
  readonly #keeps: boolean
  readonly #flights = new Map<string, Flight>()

  constructor(keeps: boolean) {
    this.#keeps = keeps
  }

  readonly policy: Policy = (next) => (call) => {
    if (call.cancel.reason !== null) return Promise.resolve(cutShort(call, call.cancel.reason))
    const flight = this.#flights.get(call.request.key)
    // an answer without attempts left must not start a shared call: its failure would reach the other callers
    if (flight === undefined && call.context.allowance.isSpent) return next(call)
    return (flight ?? this.#start(next, call)).join(call)
  }

  /** Cancels all upstream calls that still run. */
  close(): void {
    for (const flight of this.#flights.values()) flight.cancel.cancel('client')
  }

  #start(next: SourceCall, call: Call): Flight {
    const { key } = call.request
    const flight = new Flight(this.#keeps, () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    this.#flights.set(key, flight)
    flight.start(next, call)
    return flight
  }
}

/** One upstream call and its callers. */
class Flight {
  readonly cancel = new Cancel()
  readonly #keeps: boolean
  /** Called when no caller can join any more. */
  readonly #onClosed: () => void
  readonly #record = newRecord()
  #outcome: Promise<Outcome> | undefined
  #wanted = 0

  constructor(keeps: boolean, onClosed: () => void) {
    this.#keeps = keeps
    this.#onClosed = onClosed
  }

  get effort(): Effort {
    return this.#record.effort
  }

  start(next: SourceCall, call: Call): void {
    // a map of its own: the one of the answer holds the bodies of all its calls
    const context = { ...call.context, made: new Map() }
    this.#outcome = next({ ...call, context, deadline: NO_DEADLINE, cancel: this.cancel, record: this.#record })
    this.#outcome.then(this.#onClosed, this.#onClosed)
  }

  join(call: Call): Promise<Outcome> {
    this.#wanted += 1
    call.record.effort = this.effort
    return new Promise((resolve, reject) => {
      const stop = call.cancel.onCancel((reason) => {
        this.#leave(reason)
        resolve(cutShort(call, reason))
      })
      this.#outcome?.then(resolve, reject).finally(stop)
    })
  }

  #leave(reason: CancelReason): void {
    if (this.#keeps && reason !== 'client') return
    this.#wanted -= 1
    if (this.#wanted > 0) return
    this.#onClosed()
    this.cancel.cancel(reason)
  }
}
