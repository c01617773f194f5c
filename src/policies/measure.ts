import type { Policy } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import type { Latencies } from './parts/latencies.ts'

/** Notes how long each upstream call took, once for all that share it. One that was called off or never made says nothing. */
export function measure(latencies: Latencies, clock: Clock): Policy {
  return (next) => async (call) => {
    const startedAt = clock.now()
    const outcome = await next(call)
    const made = call.record.effort.attempts > 0 && outcome.failure?.code !== 'cancelled'
    if (made) latencies.record(clock.now() - startedAt)
    return outcome
  }
}
