import tls from 'node:tls'
import { isDeepStrictEqual } from 'node:util'

/** What a source has of its own for TLS: the contents of files in PEM, and a name. Secret. */
export interface TlsOptions {
  /** Authorities that are trusted beside those of the system; null for none. */
  readonly ca: string | null
  /** Certificate that we show, with its chain; null for none. */
  readonly cert: string | null
  /** Private key of `cert`; null for none. */
  readonly key: string | null
  /** Name that is asked for, and that the certificate must have, in place of the host; null for the host. */
  readonly serverName: string | null
}

let latest: { readonly options: TlsOptions; readonly context: tls.SecureContext } | undefined

/**
 * Creates the context of connections. The authorities of Node take 30 to 50 ms to parse, so the latest context is kept:
 * sources are made one after the other, and those of one configuration often have the same options.
 */
export function secureContextOf(options: TlsOptions): tls.SecureContext {
  if (latest === undefined || !isDeepStrictEqual(latest.options, options))
    latest = { options, context: newContext(options) }
  return latest.context
}

function newContext({ ca, cert, key }: TlsOptions): tls.SecureContext {
  return tls.createSecureContext({
    // `ca` replaces the authorities of Node, among them those of NODE_EXTRA_CA_CERTS
    ...(ca === null ? {} : { ca: [...tls.getCACertificates('default'), ca] }),
    ...(cert === null || key === null ? {} : { cert, key }),
  })
}
