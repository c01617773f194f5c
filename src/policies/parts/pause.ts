import type { Cancel, CancelReason } from '../../core/cancel.ts'
import type { Clock } from '../../core/deadline.ts'

/** Waits for `ms`, or until the work is called off. Resolves to null when it was slept out, else to the reason. */
export function pause(ms: number, cancel: Cancel, clock: Clock): Promise<CancelReason | null> {
  if (cancel.reason !== null) return Promise.resolve(cancel.reason)
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => {
      stop()
      resolve(null)
    }, ms)
    const stop = cancel.onCancel((reason) => {
      clock.clearTimeout(timer)
      resolve(reason)
    })
  })
}
