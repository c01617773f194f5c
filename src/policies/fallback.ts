import type { Policy } from '../core/call.ts'

/** Uses the configured value, as JSON text, when a call fails without data. The failure is still reported. */
export function fallback(body: Buffer): Policy {
  return (next) => async (call) => {
    const outcome = await next(call)
    const unanswered = outcome.failure !== null && outcome.body === null
    return unanswered ? { ...outcome, body, from: 'fallback' } : outcome
  }
}
