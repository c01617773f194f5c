import type { Call, Policy } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import type { Outcome } from '../core/outcome.ts'

/** Is told of every call once it has ended. Logs, metrics and spans hang here; it must not throw. */
export type CallObserver = (call: Call, outcome: Outcome) => void

/** Notes when a call started and ended, and tells the observer how. Outermost, so that it sees what the answer sees. */
export function observe(observer: CallObserver, clock: Clock): Policy {
  return (next) => async (call) => {
    call.record.startedAt = clock.now()
    const outcome = await next(call)
    call.record.endedAt = clock.now()
    observer(call, outcome)
    return outcome
  }
}
