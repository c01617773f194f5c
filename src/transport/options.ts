/** What an attempt at a source is made with (durations in milliseconds, sizes in bytes). */
export interface TransportOptions {
  /** Scheme, host and port; every request goes there. */
  readonly origin: string
  /** Whether the same request may be made twice (RFC 9110, section 9.2.2). */
  readonly idempotent: boolean
  /** Of the whole call. */
  readonly timeoutMs: number
  /** Null where attempts have no timeout of their own. */
  readonly attemptTimeoutMs: number | null
  /** Never above `attemptTimeoutMs` and `timeoutMs`. */
  readonly connectTimeoutMs: number
  /** Of a body, coded and decoded. */
  readonly maxBytes: number
  /** Statuses that mean "empty", besides 204 and 205. */
  readonly emptyStatuses: readonly number[]
  /** How many redirects are followed, on the same origin only. */
  readonly redirects: number
  /** Whether loopback, private and link-local addresses are refused, also those that a name leads to. */
  readonly denyPrivateAddresses: boolean
}
