import type { Policy } from '../source/call.ts'
import { Cancel } from '../source/cancel.ts'
import { type Clock, deadlineIn, earlier } from '../source/deadline.ts'

/**
 * Gives each attempt a cancel of its own, and the one timer that fires it: at the attempt's timeout or the call's,
 * whichever is earlier. No timer where the answer's deadline comes first, since that has one for all its calls.
 * `timeoutMs` is null where attempts have no timeout of their own.
 */
export function attemptTimeout(timeoutMs: number | null, clock: Clock): Policy {
  return (next) => async (call) => {
    const deadline =
      timeoutMs === null ? call.deadline : earlier(call.deadline, deadlineIn(clock, timeoutMs, 'attempt'))
    const cancel = new Cancel()
    const stop = call.cancel.onCancel((reason) => cancel.cancel(reason))
    const timer =
      deadline.cause === 'batch'
        ? null
        : clock.setTimeout(() => cancel.cancel(deadline.cause), deadline.at - clock.now())
    try {
      return await next({ ...call, deadline, cancel })
    } finally {
      stop()
      if (timer !== null) clock.clearTimeout(timer)
    }
  }
}
