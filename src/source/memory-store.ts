import { LRUCache } from 'lru-cache'
import type { Clock } from '../core/deadline.ts'
import type { Cached, CacheStore } from '../policies/cache.ts'

interface Kept {
  readonly body: Buffer | null
  readonly storedAt: number
}

/** What an entry takes beside its key and body, roughly. */
const ENTRY_BYTES = 256

/** Keeps answers of all sources in this process, at most `maxBytes` of them; the longest unused goes first. */
export class MemoryStore implements CacheStore {
  readonly #clock: Clock
  readonly #entries: LRUCache<string, Kept>

  constructor(maxBytes: number, clock: Clock) {
    this.#clock = clock
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ body }, key) => ENTRY_BYTES + 2 * key.length + (body?.length ?? 0),
      perf: clock,
      // or it would set timers of its own to look at the clock less often
      ttlResolution: 0,
    })
  }

  async get(key: string): Promise<Cached | null> {
    const kept = this.#entries.get(key)
    if (kept === undefined) return null
    // a view of its own each time: what is remembered of a body (values.ts) goes with it, and does not pile up here
    return { body: kept.body?.subarray() ?? null, ageMs: this.#clock.now() - kept.storedAt }
  }

  async set(key: string, body: Buffer | null, keepMs: number): Promise<void> {
    this.#entries.set(key, { body: body && copied(body), storedAt: this.#clock.now() }, { ttl: keepMs })
  }
}

/** A body may be a small part of a large buffer that was read from a socket, which must not be kept for its sake. */
function copied(body: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(body.length)
  body.copy(copy)
  return copy
}
