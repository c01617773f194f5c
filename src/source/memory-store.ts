import { LRUCache } from 'lru-cache'
import type { Clock } from '../core/deadline.ts'
import type { Cached, CacheStore } from '../core/store.ts'

interface Kept {
  readonly body: Buffer | null
  readonly storedAt: number
}

/** Estimated memory of an entry in addition to its key and body, in bytes. */
const ENTRY_BYTES = 256

/**
 * Stores answers of all sources in this process, up to `maxBytes`. The least recently used entries are removed first.
 */
export class MemoryStore implements CacheStore {
  readonly #clock: Clock
  #entries: LRUCache<string, Kept>

  constructor(maxBytes: number, clock: Clock) {
    this.#clock = clock
    this.#entries = newCache(maxBytes, clock)
  }

  /** Changes the limit. Entries that fit are kept, with their age. */
  resize(maxBytes: number): void {
    if (maxBytes === this.#entries.maxSize) return
    const entries = newCache(maxBytes, this.#clock)
    // from the least recently used
    for (const key of this.#entries.rkeys()) {
      const kept = this.#entries.peek(key)
      if (kept !== undefined) entries.set(key, kept, { ttl: this.#entries.getRemainingTTL(key) })
    }
    this.#entries = entries
  }

  async get(key: string): Promise<Cached | null> {
    const kept = this.#entries.get(key)
    if (kept === undefined) return null
    // return a new view each time: values.ts caches parsed values per buffer object, and they must not accumulate here
    return { body: kept.body?.subarray() ?? null, ageMs: this.#clock.now() - kept.storedAt }
  }

  async set(key: string, body: Buffer | null, keepMs: number): Promise<void> {
    this.#entries.set(key, { body: body && copied(body), storedAt: this.#clock.now() }, { ttl: keepMs })
  }

  async close(): Promise<void> {
    this.#entries.clear()
  }
}

function newCache(maxBytes: number, clock: Clock): LRUCache<string, Kept> {
  return new LRUCache({
    maxSize: maxBytes,
    sizeCalculation: ({ body }, key) => ENTRY_BYTES + 2 * key.length + (body?.length ?? 0),
    perf: clock,
    // with any other value lru-cache sets its own timers to read the clock less often
    ttlResolution: 0,
  })
}

/**
 * A body may be a small slice of a large buffer that was read from a socket. Storing the slice would keep the whole
 * buffer in memory.
 */
function copied(body: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(body.length)
  body.copy(copy)
  return copy
}
