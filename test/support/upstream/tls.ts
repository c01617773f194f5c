import { readFileSync } from 'node:fs'
import type { TlsOptions } from 'node:tls'

/** How an upstream does TLS: correctly, or with a fault. `plain` speaks HTTP on an https origin. */
export type TlsVariant = 'good' | 'self-signed' | 'wrong-host' | 'expired' | 'old-protocol' | 'plain'

/** The test authority (PEM). All but `self-signed` are signed by it. */
export const ca = fixture('ca')

/** The server's options for a variant. */
export function tlsOptions(variant: Exclude<TlsVariant, 'plain'>): TlsOptions {
  const old = variant === 'old-protocol'
  const options = { key: fixture('key'), cert: fixture(old ? 'good' : variant), ALPNProtocols: ['http/1.1'] }
  // OpenSSL 3 supports the old protocols only at security level 0.
  return old ? { ...options, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } : options
}

function fixture(name: string): string {
  return readFileSync(new URL(`certs/${name}.pem`, import.meta.url), 'utf8')
}
