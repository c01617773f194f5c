import type { Policy } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import type { Latencies } from './parts/latencies.ts'

/**
 * Records the duration of each upstream call, once for all callers that share it. Calls that were cancelled or had no
 * attempt are not recorded.
 */
export function measure(latencies: Latencies, clock: Clock): Policy {
  return (next) => async (call) => {
    const startedAt = clock.now()
    const outcome = await next(call)
    const made = call.record.effort.attempts > 0 && outcome.failure?.code !== 'cancelled'
    if (made) latencies.record(clock.now() - startedAt)
    return outcome
  }
}
