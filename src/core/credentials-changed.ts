/** Events of what proves who somebody is: clients to us, and we to sources. */

/** The key set that tokens are verified with could not be fetched, or could be again. */
export interface KeysChanged {
  /** Why it failed, for logs: without the address. Null if the keys were fetched. */
  readonly reason: string | null
  /** Whether there are keys that tokens can be verified with: older ones, if the fetch failed. */
  readonly hasKeys: boolean
}

/** No access token can be had for a source, or one can be had again. */
export interface TokenChanged {
  readonly source: string
  /** Why there is none, as a sentence for logs: without the address and without texts of the token endpoint. Null if there is one. */
  readonly reason: string | null
  /** Whether there is a token that is still valid, if a new one could not be had. */
  readonly hasToken: boolean
}
