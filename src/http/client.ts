/** A client that a verified credential identifies. */
export interface Client {
  /**
   * Identifies the client for the rate limit, and reveals nothing of its credential: a digest of an API key, or issuer
   * and subject of a token.
   */
  readonly key: string
  /** Claims of the verified token; null for an API key. */
  readonly claims: Readonly<Record<string, unknown>> | null
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null if there is no verified credential. */
    client: Client | null
  }

  interface FastifyContextConfig {
    /** Whether the route needs no credential and has no rate limit: health and the documentation. */
    open?: boolean
  }
}
