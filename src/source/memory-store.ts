import { LRUCache } from 'lru-cache'
import type { Clock } from '../core/deadline.ts'
import type { Cached, CacheStore } from '../core/store.ts'

interface Kept {
  readonly body: Buffer | null
  readonly storedAt: number
}

/** What an entry takes beside its key and body, roughly. */
const ENTRY_BYTES = 256

/** Keeps answers of all sources in this process, at most `maxBytes` of them; the longest unused goes first. */
export class MemoryStore implements CacheStore {
  readonly #clock: Clock
  #entries: LRUCache<string, Kept>

  constructor(maxBytes: number, clock: Clock) {
    this.#clock = clock
    this.#entries = newCache(maxBytes, clock)
  }

  /** Holds so much from now on. What still fits stays, with its age. */
  resize(maxBytes: number): void {
    const entries = newCache(maxBytes, this.#clock)
    // from the longest unused one on
    for (const key of this.#entries.rkeys()) {
      const kept = this.#entries.peek(key)
      if (kept !== undefined) entries.set(key, kept, { ttl: this.#entries.getRemainingTTL(key) })
    }
    this.#entries = entries
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

  async close(): Promise<void> {
    this.#entries.clear()
  }
}

function newCache(maxBytes: number, clock: Clock): LRUCache<string, Kept> {
  return new LRUCache({
    maxSize: maxBytes,
    sizeCalculation: ({ body }, key) => ENTRY_BYTES + 2 * key.length + (body?.length ?? 0),
    perf: clock,
    // or it would set timers of its own to look at the clock less often
    ttlResolution: 0,
  })
}

/** A body may be a small part of a large buffer that was read from a socket, which must not be kept for its sake. */
function copied(body: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(body.length)
  body.copy(copy)
  return copy
}
