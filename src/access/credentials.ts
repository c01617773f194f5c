/** The credentials in the headers of a request. */
export interface Credentials {
  /** The values of X-API-Key, one for each such header. */
  readonly apiKeys: readonly string[]
  /** The values of Authorization, one for each such header. */
  readonly authorizations: readonly string[]
}

/**
 * Reads credentials from `IncomingMessage.rawHeaders`. Not from `headers`: node:http keeps the first of several
 * Authorization headers there, and a proxy before us may have checked the last.
 */
export function credentialsOf(rawHeaders: readonly string[]): Credentials {
  return { apiKeys: valuesOf(rawHeaders, 'x-api-key'), authorizations: valuesOf(rawHeaders, 'authorization') }
}

function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
}

/** RFC 6750, section 2.1; the name of the scheme in any case (RFC 9110, section 11.1). */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i

/** The token of an Authorization header; null if that is no bearer token. */
export function bearerTokenOf(authorization: string): string | null {
  return BEARER.exec(authorization)?.[1] ?? null
}
