import type { Policy } from '../core/call.ts'

/** Puts the configured value, as JSON text, in the place of data that could not be had. The failure stays reported. */
export function fallback(body: Buffer): Policy {
  return (next) => async (call) => {
    const outcome = await next(call)
    const unanswered = outcome.failure !== null && outcome.body === null
    return unanswered ? { ...outcome, body, from: 'fallback' } : outcome
  }
}
