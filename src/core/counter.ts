/** How many requests a client may make in a period that begins with its first request. */
export interface ClientRateLimit {
  readonly max: number
  /** The period, in milliseconds. */
  readonly perMs: number
}

/** The requests of one client in its current period. */
export interface Count {
  /** With the one that was just counted. */
  readonly requests: number
  /** When the period ends, in milliseconds from now; above 0. */
  readonly resetMs: number
}

/** Counts the requests of clients, in this process or for several processes together. */
export interface RequestCounter {
  /** Counts a request of the client with this key: a digest of fixed length. Does not reject. */
  count(key: string, limit: ClientRateLimit): Promise<Count>
}
