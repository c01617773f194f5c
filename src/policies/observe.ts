import type { Policy } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'

/**
 * Records when a call started and ended, and emits its event. It is outermost, so that it sees the same outcome as the
 * answer.
 */
export function observe(name: 'call' | 'item', events: Events, clock: Clock): Policy {
  return (next) => async (call) => {
    call.record.startedAt = clock.now()
    const outcome = await next(call)
    call.record.endedAt = clock.now()
    events.emit(name, { call, outcome })
    return outcome
  }
}
