import type { Call, Destination, Policy, SourceCall } from '../core/call.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Verdict } from './parts/breaker-state.ts'
import { isRefusal } from './parts/budget.ts'
import type { Origins } from './parts/origins.ts'
import { unavailable, verdictOf } from './parts/verdict.ts'

/**
 * Sends each attempt to one of several origins, and counts its result for the breaker of that origin. A retry or hedge
 * goes to another one than the attempts before it. The call fails only if no breaker admits it.
 */
export function balance(origins: Origins, slowAfterMs: number | null): Policy {
  return (next) => (call) => sent(next, call, { origins, slowAfterMs })
}

/**
 * Checks the breaker of the origin again after the queues: if it opened while the attempt waited, the attempt goes to
 * another one.
 */
export function balanceGate(origins: Origins, slowAfterMs: number | null): Policy {
  return (next) => (call) => {
    const { destination } = call
    if (destination === undefined || origins.holds(destination)) return next(call)
    forget(call, destination)
    return sent(next, call, { origins, slowAfterMs })
  }
}

interface Watch {
  readonly origins: Origins
  readonly slowAfterMs: number | null
}

async function sent(next: SourceCall, call: Call, { origins, slowAfterMs }: Watch): Promise<Outcome> {
  const { effort } = call.record
  effort.destinations ??= []
  const destination = origins.admit(call.kind, effort.destinations)
  if (destination === null) return unavailable(call, origins.retryInMs)
  // before the attempt, so that a hedge beside it sees it
  effort.destinations.push(destination)
  let verdict: Verdict = 'nothing'
  try {
    const outcome = await next({ ...call, destination })
    verdict = verdictOf(outcome, slowAfterMs)
    if (isRefusal(outcome)) forget(call, destination)
    return outcome
  } finally {
    origins.conclude(destination, verdict)
  }
}

/** The attempt was not made, so its origin was not asked. */
function forget({ record }: Call, destination: Destination): void {
  const { effort } = record
  effort.destinations = (effort.destinations ?? []).filter((other) => other !== destination)
}
