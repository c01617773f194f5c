import type { Policy } from '../core/call.ts'
import { cutShort, type Outcome } from '../core/outcome.ts'

/**
 * Ends the wait of this caller as soon as its answer reaches its deadline or its client disconnects. The policies below
 * listen to the same `cancel`; this policy does not wait for them.
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
