import type { Cancel, CancelReason } from '../../core/cancel.ts'
import type { Clock } from '../../core/deadline.ts'

/** Waits `ms` milliseconds. Resolves to null after that, or to the reason as soon as `cancel` fires. */
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
