import type { Call, Policy, SourceCall } from '../core/call.ts'
import { failure } from '../core/failure.ts'
import { MESSAGES } from '../core/messages.ts'
import { failed, type Outcome } from '../core/outcome.ts'
import type { BreakerState, Permit, Verdict } from './parts/breaker-state.ts'

/**
 * Circuit breaker: while it is open, no attempt is made and calls fail at once. Attempts that our own limits, the
 * answer's deadline or the client ended are not counted, because they do not show the health of the source.
 */
export function breaker(state: BreakerState, slowAfterMs: number | null): Policy {
  return (next) => (call) => {
    const permit = state.admit()
    if (permit === null) return Promise.resolve(refused(call, state))
    return watched(next, { ...call, permit }, { state, permit, slowAfterMs })
  }
}

/** Checks the breaker again after the queues: it may have opened while the attempt waited. */
export function breakerGate(state: BreakerState): Policy {
  return (next) => (call) => (state.holds(call.permit) ? next(call) : Promise.resolve(refused(call, state)))
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

/** A status other than 2xx is still a response, so it counts as good unless the failure `counts`. */
function verdictOf({ failure, attemptMs }: Outcome, slowAfterMs: number | null): Verdict {
  if (failure?.counts === true) return 'bad'
  if (failure !== null && failure.code !== 'upstream_status') return 'nothing'
  return slowAfterMs !== null && attemptMs > slowAfterMs ? 'slow' : 'good'
}

function refused(call: Call, state: BreakerState): Outcome {
  const retryAfterMs = state.retryInMs === 0 ? null : Math.ceil(state.retryInMs)
  return failed(failure('destination_unavailable', MESSAGES.breakerOpen(call.source), { retryAfterMs }))
}
