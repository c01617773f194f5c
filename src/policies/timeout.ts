import type { Policy } from '../source/call.ts'
import { type Clock, deadlineIn, earlier } from '../source/deadline.ts'

/**
 * Bounds the whole call: queueing, attempts and backoffs together.
 * It sets no timer. Each thing below that waits (a queue, a backoff, an attempt) ends at the call's deadline by itself,
 * and knows what its wait was for: a timeout in a queue is not reported as a slow source.
 */
export function timeout(timeoutMs: number, clock: Clock): Policy {
  return (next) => (call) => {
    const deadline = earlier(call.deadline, deadlineIn(clock, timeoutMs, 'call'))
    return next({ ...call, deadline })
  }
}
