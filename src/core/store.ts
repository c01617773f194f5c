/** What a store gives back. */
export interface Cached {
  /** As in an outcome: JSON text, or null for an answer that was empty. */
  readonly body: Buffer | null
  /** Since it was put there, in milliseconds. */
  readonly ageMs: number
}

/** Where answers are kept; in this process or, shared, in another. A store that rejects or takes long counts as empty. */
export interface CacheStore {
  get(key: string): Promise<Cached | null>
  /** Keeps a body for so long at most; it may be gone sooner. */
  set(key: string, body: Buffer | null, keepMs: number): Promise<void>
  /** Lets go of what it holds, connections too. Called once, by whoever was given it. */
  close(): Promise<void>
}
