import type { ProxyOptions } from './proxy.ts'
import type { TlsOptions } from './tls.ts'

/** Options of the transport of a source (durations in milliseconds, sizes in bytes). */
export interface TransportOptions {
  /** Scheme, host and port of each place that requests go to. `Call.destination` says to which; else to the first. */
  readonly origins: readonly string[]
  /** Timeout of the whole call. */
  readonly timeoutMs: number
  /** Timeout of an attempt; null for none. */
  readonly attemptTimeoutMs: number | null
  /** Timeout of connecting: name look-up, TCP, a proxy's answer and TLS. At most `attemptTimeoutMs` and `timeoutMs`. */
  readonly connectTimeoutMs: number
  /** Maximum size of a body, before and after content decoding. */
  readonly maxBytes: number
  /** Statuses that mean "empty", besides 204 and 205. */
  readonly emptyStatuses: readonly number[]
  /** Whether the bodies of failed responses are kept. */
  readonly keepsErrors: boolean
  /** Names of the headers of responses that are kept, in lower case. */
  readonly keptHeaders: readonly string[]
  /** Maximum number of redirects to follow, on the same origin only. */
  readonly redirects: number
  /** Whether loopback, private and link-local addresses are refused, including those that a name resolves to. */
  readonly denyPrivateAddresses: boolean
  /** What it has of its own for TLS; null for nothing. */
  readonly tls: TlsOptions | null
  /** Path of the socket file that requests go to in place of the host; null for the host. */
  readonly unixSocket: string | null
  /** Which proxies requests go through; null for none. */
  readonly proxy: ProxyOptions | null
  /** Age after which a connection is renewed. */
  readonly maxConnectionAgeMs: number
}
