import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import tls from 'node:tls'

/** Certificates and keys in PEM (RFC 7468). What is around the blocks, such as comments, is left out. */

/** The certificates of a file, in its order. */
export interface Certificates {
  readonly pem: string
  readonly list: readonly X509Certificate[]
}

/** A private key without a passphrase. */
export interface PrivateKey {
  readonly pem: string
  readonly key: KeyObject
}

/** The end of a sentence that says what is wrong. It shows nothing of the file. */
export interface PemProblem {
  readonly problem: string
}

const CERTIFICATE = /-----BEGIN (X509 )?CERTIFICATE-----[^-]*-----END (X509 )?CERTIFICATE-----/g
const KEY = /-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----[\s\S]*?-----END ([A-Z0-9]+ )*PRIVATE KEY-----/

/** Reads all certificates of a file. */
export function readCertificates(text: string): Certificates | PemProblem {
  const blocks = text.match(CERTIFICATE) ?? []
  if (blocks.length === 0) return { problem: 'names a file without a certificate in PEM (-----BEGIN CERTIFICATE-----)' }
  try {
    return { pem: `${blocks.join('\n')}\n`, list: blocks.map((block) => new X509Certificate(block)) }
  } catch {
    return { problem: 'names a file with a certificate that is damaged; copy the file again' }
  }
}

/** Reads the first private key of a file. */
export function readPrivateKey(text: string): PrivateKey | PemProblem {
  const [block] = KEY.exec(text) ?? []
  if (block === undefined) return { problem: 'names a file without a private key in PEM (-----BEGIN PRIVATE KEY-----)' }
  if (/ENCRYPTED/.test(block))
    return { problem: 'names a file whose key is encrypted; write one that needs no passphrase (openssl pkey)' }
  try {
    return { pem: `${block}\n`, key: createPrivateKey(block) }
  } catch {
    return { problem: 'names a file with a private key that is damaged, or of an unknown kind' }
  }
}

/** Why a key cannot be used with the first of these certificates; null if it can. */
export function whyUnfit({ list, pem }: Certificates, { key, pem: keyPem }: PrivateKey): string | null {
  const fitting = list.findIndex((certificate) => certificate.checkPrivateKey(key))
  if (fitting === -1) return 'names a key that does not fit the certificate in cert; write the key that it was made for'
  if (fitting > 0)
    return 'fits a later certificate of the file in cert; put that one first, then the others of its chain'
  try {
    tls.createSecureContext({ cert: pem, key: keyPem })
    return null
  } catch (error) {
    return `names a key that cannot be used with its certificate (${(error as NodeJS.ErrnoException).code})`
  }
}

/** Whether one of the certificates is no longer valid at this time (milliseconds since 1970). */
export function hasExpired({ list }: Certificates, at: number): boolean {
  return list.some(({ validToDate }) => validToDate.getTime() < at)
}
