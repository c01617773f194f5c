import type { Policy } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'

/** Sends the remaining time of the attempt in whole milliseconds, so that the source can stop when it is over. */
export function deadlineHeader(name: string, clock: Clock): Policy {
  return (next) => (call) => {
    const leftMs = Math.max(1, Math.floor(call.deadline.at - clock.now()))
    const headers = [...call.request.headers, name, String(leftMs)]
    return next({ ...call, request: { ...call.request, headers } })
  }
}
