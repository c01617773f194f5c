import type { Call, Policy, SourceCall } from '../core/call.ts'
import { failure } from '../core/failure.ts'
import { MESSAGES } from '../core/messages.ts'
import { failed, type Outcome } from '../core/outcome.ts'
import type { BreakerState, Permit, Verdict } from './parts/breaker-state.ts'

/**
 * Keeps attempts from a source that is unwell: while the breaker is open, none is made, and calls fail at once. What our
 * own limits, the answer's deadline or a client ended says nothing about the source.
 */
export function breaker(state: BreakerState, slowAfterMs: number | null): Policy {
  return (next) => (call) => {
    const permit = state.admit()
    if (permit === null) return Promise.resolve(refused(call, state))
    return watched(next, { ...call, permit }, { state, permit, slowAfterMs })
  }
}

/** The breaker once more, for attempts that stood in a queue: it may have opened since it let them in. */
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

/** A status that is no success is an answer all the same, unless it tells of trouble (`Failure.counts`). */
function verdictOf({ failure, attemptMs }: Outcome, slowAfterMs: number | null): Verdict {
  if (failure?.counts === true) return 'bad'
  if (failure !== null && failure.code !== 'upstream_status') return 'nothing'
  return slowAfterMs !== null && attemptMs > slowAfterMs ? 'slow' : 'good'
}

function refused(call: Call, state: BreakerState): Outcome {
  const retryAfterMs = state.retryInMs === 0 ? null : Math.ceil(state.retryInMs)
  return failed(failure('destination_unavailable', MESSAGES.breakerOpen(call.source), { retryAfterMs }))
}
