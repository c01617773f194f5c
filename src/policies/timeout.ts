import type { Policy } from '../core/call.ts'
import { ChildCancel } from '../core/cancel.ts'
import { type Clock, deadlineIn, earlier } from '../core/deadline.ts'

/**
 * Bounds a call (queueing, attempts and backoffs together) or, further in, each attempt, with a cancel of its own and the
 * one timer that fires it. Whatever waits below hears of its end through `cancel`, and says what the wait was for: a
 * timeout in a queue is not a slow source. No timer where an outer deadline comes first, since that has one.
 */
export function timeout(timeoutMs: number, cause: 'call' | 'attempt', clock: Clock): Policy {
  return (next) => async (call) => {
    const own = deadlineIn(clock, timeoutMs, cause)
    const deadline = earlier(call.deadline, own)
    if (deadline !== own) return next({ ...call, deadline })
    const cancel = new ChildCancel(call.cancel)
    const timer = clock.setTimeout(() => cancel.cancel(cause), timeoutMs)
    try {
      return await next({ ...call, deadline, cancel })
    } finally {
      cancel.detach()
      clock.clearTimeout(timer)
    }
  }
}
