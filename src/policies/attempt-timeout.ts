import type { Policy } from '../source/call.ts'
import { ChildCancel } from '../source/cancel.ts'
import { type Clock, deadlineIn, earlier } from '../source/deadline.ts'

/**
 * Gives each attempt a cancel of its own, and the one timer that fires it. No timer where the call's timeout or the
 * answer's deadline comes first: those have theirs.
 */
export function attemptTimeout(timeoutMs: number, clock: Clock): Policy {
  return (next) => async (call) => {
    const own = deadlineIn(clock, timeoutMs, 'attempt')
    const deadline = earlier(call.deadline, own)
    if (deadline !== own) return next({ ...call, deadline })
    const cancel = new ChildCancel(call.cancel)
    const timer = clock.setTimeout(() => cancel.cancel('attempt'), timeoutMs)
    try {
      return await next({ ...call, deadline, cancel })
    } finally {
      cancel.detach()
      clock.clearTimeout(timer)
    }
  }
}
