import type { Policy } from '../source/call.ts'
import { ChildCancel } from '../source/cancel.ts'
import { type Clock, deadlineIn, earlier } from '../source/deadline.ts'

/**
 * Bounds the whole call: queueing, attempts and backoffs together. One timer for all of it: whatever waits below hears of
 * its end through the call's `cancel`, and says what the wait was for: a timeout in a queue is not a slow source.
 * No timer where the answer's deadline comes first, since that has one for all its calls.
 */
export function timeout(timeoutMs: number, clock: Clock): Policy {
  return (next) => async (call) => {
    const deadline = earlier(call.deadline, deadlineIn(clock, timeoutMs, 'call'))
    if (deadline.cause !== 'call') return next({ ...call, deadline })
    const cancel = new ChildCancel(call.cancel)
    const timer = clock.setTimeout(() => cancel.cancel('call'), deadline.at - clock.now())
    try {
      return await next({ ...call, deadline, cancel })
    } finally {
      cancel.detach()
      clock.clearTimeout(timer)
    }
  }
}
