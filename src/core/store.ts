/** A stored value. */
export interface Cached {
  /** JSON text, as in an outcome; null for an empty answer. */
  readonly body: Buffer | null
  /** Time since it was stored, in milliseconds. */
  readonly ageMs: number
}

/**
 * Storage of cached answers, in this process or shared between processes. A store that rejects or is slow counts as
 * empty.
 */
export interface CacheStore {
  /** Returns the value of a key; null if there is none. */
  get(key: string): Promise<Cached | null>
  /** Stores a body for at most `keepMs` milliseconds. The store may drop it earlier. */
  set(key: string, body: Buffer | null, keepMs: number): Promise<void>
  /** Releases all resources, including connections. The owner calls it once. */
  close(): Promise<void>
}

/** A part of a store. Its keys begin with `scope`; whoever was given the whole store closes it. */
export function scopedStore(store: CacheStore, scope: string): CacheStore {
  return {
    get: (key) => store.get(`${scope} ${key}`),
    set: (key, body, keepMs) => store.set(`${scope} ${key}`, body, keepMs),
    close: async () => {},
  }
}
