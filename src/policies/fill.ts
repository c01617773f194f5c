import { keyOf, type Policy } from '../core/call.ts'
import type { CacheStore } from '../core/store.ts'

/**
 * Puts what a call came to into the cache, also when nobody waits for it any more. Failures are not kept. The answer does
 * not wait for the store, and a store that fails is its own business.
 */
export function fill(store: CacheStore, keepMs: number): Policy {
  return (next) => async (call) => {
    const outcome = await next(call)
    if (outcome.failure === null) void store.set(keyOf(call), outcome.body, keepMs).catch(() => {})
    return outcome
  }
}
