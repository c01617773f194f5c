/** Who gets in: the block `server.auth`, resolved. All of it is secret. A client needs one of what is configured. */
export interface AuthOptions {
  /** What clients may send as X-API-Key; empty for none. */
  readonly apiKeys: readonly string[]
  /** Null if no tokens are accepted. */
  readonly jwt: JwtOptions | null
}

/** Which tokens (JWT, RFC 7519) are accepted. */
export interface JwtOptions {
  /** Where the issuer publishes its public keys, or the text that it signs with (HS256). */
  readonly keys: { readonly jwks: string } | { readonly secret: string }
  readonly issuer: string
  /** A token must name one of these. */
  readonly audience: readonly string[]
}
