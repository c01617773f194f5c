import { readFileSync } from 'node:fs'
import type { TlsOptions } from 'node:tls'
import { fileURLToPath } from 'node:url'

/**
 * How an upstream does TLS: correctly, or with a fault. `plain` speaks HTTP on an https origin; `client-certificate`
 * wants one of the test authority, and `client-certificate-1.2` does so in TLS 1.2, which refuses earlier.
 */
export type TlsVariant =
  | 'good'
  | 'self-signed'
  | 'wrong-host'
  | 'expired'
  | 'old-protocol'
  | 'plain'
  | 'client-certificate'
  | 'client-certificate-1.2'

/** The test authority (PEM). All but `self-signed` are signed by it. */
export const ca = fixture('ca')

/** The path of a file in certs/, without `.pem`. */
export function certificateFile(name: string): string {
  return fileURLToPath(new URL(`certs/${name}.pem`, import.meta.url))
}

/** The server's options for a variant. */
export function tlsOptions(variant: Exclude<TlsVariant, 'plain'>): TlsOptions {
  const special = SPECIAL[variant]
  const cert = fixture(special === undefined ? variant : 'good')
  return { key: fixture('key'), cert, ALPNProtocols: ['http/1.1'], ...special }
}

const wantsCertificate = { requestCert: true, rejectUnauthorized: true, ca }

/** What variants have beside their certificate, which is the good one then. */
const SPECIAL: { readonly [variant in TlsVariant]?: TlsOptions } = {
  // OpenSSL 3 supports the old protocols only at security level 0.
  'old-protocol': { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
  'client-certificate': wantsCertificate,
  'client-certificate-1.2': { ...wantsCertificate, maxVersion: 'TLSv1.2' },
}

function fixture(name: string): string {
  return readFileSync(certificateFile(name), 'utf8')
}
