/** No keys have been fetched yet, so that no token can be verified. */
export class KeysUnavailable extends Error {
  /** When the next fetch starts, at the latest. */
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super('no keys')
    this.retryAfterMs = retryAfterMs
  }
}
