import type { Policy } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'

/** Notes when a call started and ended, and tells of its end. Outermost, so that it sees what the answer sees. */
export function observe(name: 'call' | 'item', events: Events, clock: Clock): Policy {
  return (next) => async (call) => {
    call.record.startedAt = clock.now()
    const outcome = await next(call)
    call.record.endedAt = clock.now()
    events.emit(name, { call, outcome })
    return outcome
  }
}
