import type { Policy } from '../core/call.ts'
import { cutShort, type Outcome } from '../core/outcome.ts'

/**
 * Ends this caller's wait the moment its answer is cut off or its client has left, whatever goes on below.
 * What is below hears of it through the same `cancel`, and is not waited for.
 */
export function deadline(): Policy {
  return (next) => (call) => {
    if (call.cancel.reason !== null) return Promise.resolve(cutShort(call, call.cancel.reason))
    return new Promise<Outcome>((resolve, reject) => {
      const stop = call.cancel.onCancel((reason) => resolve(cutShort(call, reason)))
      next(call).then(
        (outcome) => {
          stop()
          resolve(outcome)
        },
        (bug) => {
          stop()
          reject(bug)
        },
      )
    })
  }
}
