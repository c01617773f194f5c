import { keyOf, type Policy } from '../core/call.ts'
import type { CacheStore } from '../core/store.ts'

/**
 * Stores successful outcomes in the cache, also when no caller waits any more. The answer does not wait for the store,
 * and errors of the store are ignored: a missing entry only costs another call.
 */
export function fill(store: CacheStore, keepMs: number): Policy {
  return (next) => async (call) => {
    const outcome = await next(call)
    if (outcome.failure === null) void store.set(keyOf(call), outcome.body, keepMs).catch(() => {})
    return outcome
  }
}
