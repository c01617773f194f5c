import type { Policy } from '../core/call.ts'
import { ChildCancel } from '../core/cancel.ts'
import { type Clock, deadlineIn, earlier } from '../core/deadline.ts'

/**
 * Limits the duration of a call (queueing, attempts and backoffs together) or of each attempt. It uses its own cancel
 * and one timer. It does not settle the call itself: the policy below that waits does, because it knows whether the
 * time was spent in a queue or at the source. If an outer deadline comes first, no timer is set, because that deadline
 * has one.
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
