import type { Policy } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'

/** Tells the source how many whole milliseconds the attempt has, so that it need not work for nobody. */
export function deadlineHeader(name: string, clock: Clock): Policy {
  return (next) => (call) => {
    const leftMs = Math.max(1, Math.floor(call.deadline.at - clock.now()))
    const headers = [...call.request.headers, name, String(leftMs)]
    return next({ ...call, request: { ...call.request, headers } })
  }
}
