import type { Call, Policy, SourceCall } from '../core/call.ts'
import { type Cancel, ChildCancel } from '../core/cancel.ts'
import type { Clock } from '../core/deadline.ts'
import type { Outcome } from '../core/outcome.ts'
import { type Budget, isRefusal } from './parts/budget.ts'
import type { HedgeDelay } from './parts/hedge-delay.ts'

/** Dependencies of the hedge policy. */
export interface HedgeDependencies {
  readonly delay: HedgeDelay
  /** Budget shared with retries; null for no limit. */
  readonly budget: Budget | null
  readonly clock: Clock
}

/**
 * Makes a second attempt when the first is slow (Dean and Barroso, "The Tail at Scale"). The first success wins and
 * cancels the other attempt. If both fail, the outcome is that of the first attempt.
 */
export function hedge(dependencies: HedgeDependencies): Policy {
  return (next) => (call) => {
    const delayMs = dependencies.delay.next()
    if (delayMs === null) return learned(next, call, dependencies.delay)
    return new Race(next, call, dependencies).run(delayMs)
  }
}

async function learned(next: SourceCall, call: Call, delay: HedgeDelay): Promise<Outcome> {
  const outcome = await next(call)
  learn(delay, outcome, call.cancel)
  return outcome
}

/**
 * Learns from outcomes that show how long the source takes: successes, timeouts and superseded attempts. A refused
 * connection or a disconnected client shows nothing.
 */
function learn(delay: HedgeDelay, { failure, attemptMs }: Outcome, cancel: Cancel): void {
  const telling = failure === null || failure.class === 'timeout' || cancel.reason === 'superseded'
  if (telling && attemptMs > 0) delay.learn(attemptMs)
}

/** The attempts of one call. The first success cancels the others. */
class Race {
  readonly #next: SourceCall
  readonly #call: Call
  readonly #dependencies: HedgeDependencies
  readonly #running = new Set<ChildCancel>()
  #first: Outcome | null = null
  #timer: unknown

  constructor(next: SourceCall, call: Call, dependencies: HedgeDependencies) {
    this.#next = next
    this.#call = call
    this.#dependencies = dependencies
  }

  run(delayMs: number): Promise<Outcome> {
    const { clock } = this.#dependencies
    return new Promise((resolve, reject) => {
      const attempt = (kind: Call['kind']) => {
        this.#attempt(kind).then((outcome) => outcome !== null && resolve(outcome), reject)
      }
      this.#timer = clock.setTimeout(() => {
        if (this.#mayHedge()) attempt('hedge')
      }, delayMs)
      attempt(this.#call.kind)
    })
  }

  #mayHedge(): boolean {
    const { delay, budget } = this.#dependencies
    const { cancel, context, request } = this.#call
    if (cancel.reason !== null || !request.isRepeatable || context.allowance.isSpent) return false
    if ((budget !== null && budget.balance < 1) || !delay.take()) return false
    budget?.take()
    return true
  }

  /** Resolves to the outcome of the race if this attempt ends it; else to null. */
  async #attempt(kind: Call['kind']): Promise<Outcome | null> {
    const cancel = new ChildCancel(this.#call.cancel)
    this.#running.add(cancel)
    try {
      const outcome = await this.#next({ ...this.#call, kind, cancel })
      learn(this.#dependencies.delay, outcome, cancel)
      return this.#ended(outcome, cancel, kind)
    } catch (bug) {
      this.#end()
      throw bug
    } finally {
      cancel.detach()
    }
  }

  #ended(outcome: Outcome, cancel: ChildCancel, kind: Call['kind']): Outcome | null {
    this.#running.delete(cancel)
    if (kind === 'hedge' && isRefusal(outcome)) this.#dependencies.budget?.giveBack()
    if (cancel.reason === 'superseded') {
      outcome.tell?.(outcome)
      return null
    }
    if (kind !== 'hedge') this.#first = outcome
    if (outcome.failure !== null && this.#running.size > 0) return null
    this.#end()
    return outcome.failure === null ? outcome : (this.#first ?? outcome)
  }

  #end(): void {
    this.#dependencies.clock.clearTimeout(this.#timer)
    for (const cancel of this.#running) cancel.cancel('superseded')
  }
}
