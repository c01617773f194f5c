import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose'
import type { Client } from '../http/client.ts'
import { clientKey } from './client-key.ts'
import { KeySet, type KeySetDependencies } from './key-set.ts'
import { KeysUnavailable } from './keys-unavailable.ts'
import type { JwtOptions } from './options.ts'
import { MALFORMED, refusalOf } from './refusals.ts'

/** The algorithms of public keys. With a key set, no other is accepted: above all not HS256 with a public key as secret. */
const ASYMMETRIC = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]
const CLOCK_TOLERANCE_S = 60

/** The client of a valid token, or why the token is not valid, as a sentence for clients. */
export type TokenVerdict = { readonly client: Client } | { readonly refusal: string }

/** Verifies tokens: the signature, then issuer, audience and times. */
export class Tokens {
  readonly #options: JWTVerifyOptions
  readonly #secret: Uint8Array | null
  readonly #keySet: KeySet | null

  constructor({ keys, issuer, audience }: JwtOptions, dependencies: KeySetDependencies) {
    const isShared = 'secret' in keys
    this.#secret = isShared ? new TextEncoder().encode(keys.secret) : null
    this.#keySet = isShared ? null : new KeySet(keys.jwks, dependencies)
    this.#options = {
      algorithms: isShared ? ['HS256'] : ASYMMETRIC,
      issuer,
      audience: [...audience],
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_TOLERANCE_S,
    }
  }

  /** Fetches the key set in the background. */
  prefetch(): void {
    this.#keySet?.prefetch()
  }

  /** Throws KeysUnavailable if there are no keys yet. Without `mayWait` it waits for no fetch. */
  async verify(token: string, mayWait: boolean): Promise<TokenVerdict> {
    if (!isCompact(token)) return { refusal: MALFORMED }
    try {
      const claims = await this.#claimsOf(token, mayWait)
      const { iss = null, sub } = claims
      // a token without a subject is a client of its own: all such clients of an issuer would share a rate limit
      const parts = typeof sub === 'string' ? [iss, sub] : [iss, null, token]
      return { client: { key: clientKey('token', parts), claims } }
    } catch (error) {
      if (error instanceof KeysUnavailable) throw error
      return { refusal: refusalOf(error, token) }
    }
  }

  close(): void {
    this.#keySet?.close()
  }

  async #claimsOf(token: string, mayWait: boolean): Promise<JWTPayload> {
    if (this.#secret !== null) return (await jwtVerify(token, this.#secret, this.#options)).payload
    const getKey: JWTVerifyGetKey = (...of) => (this.#keySet as KeySet).key(mayWait, ...of)
    try {
      return (await jwtVerify(token, getKey, this.#options)).payload
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
      return this.#claimsByAny(token, error)
    }
  }

  /** A token that does not name its key may be signed with any that fits (RFC 7515, appendix D). */
  async #claimsByAny(token: string, keys: errors.JWKSMultipleMatchingKeys): Promise<JWTPayload> {
    for await (const key of keys) {
      try {
        return (await jwtVerify(token, key, this.#options)).payload
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/**
 * Whether a text is three parts in base64url, each as an encoder writes it (RFC 7515, section 7.1). jose ignores padding
 * and unused bits, so that one token would have several forms.
 */
function isCompact(token: string): boolean {
  const parts = token.split('.')
  return parts.length === 3 && parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
}
