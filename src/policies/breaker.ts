import type { Call, Policy, SourceCall } from '../core/call.ts'
import type { Outcome } from '../core/outcome.ts'
import type { BreakerState, Permit, Verdict } from './parts/breaker-state.ts'
import { unavailable, verdictOf } from './parts/verdict.ts'

/**
 * Circuit breaker: while it is open, no attempt is made and calls fail at once. Attempts that our own limits, the
 * answer's deadline or the client ended are not counted, because they do not show the health of the source.
 */
export function breaker(state: BreakerState, slowAfterMs: number | null): Policy {
  return (next) => (call) => {
    const permit = state.admit()
    if (permit === null) return Promise.resolve(unavailable(call, state.retryInMs))
    return watched(next, { ...call, permit }, { state, permit, slowAfterMs })
  }
}

/** Checks the breaker again after the queues: it may have opened while the attempt waited. */
export function breakerGate(state: BreakerState): Policy {
  return (next) => (call) =>
    state.holds(call.permit) ? next(call) : Promise.resolve(unavailable(call, state.retryInMs))
}

interface Watch {
  readonly state: BreakerState
  readonly permit: Permit
  readonly slowAfterMs: number | null
}

async function watched(next: SourceCall, call: Call, { state, permit, slowAfterMs }: Watch): Promise<Outcome> {
  let verdict: Verdict = 'nothing'
  try {
    const outcome = await next(call)
    verdict = verdictOf(outcome, slowAfterMs)
    return outcome
  } finally {
    state.conclude(permit, verdict)
  }
}
