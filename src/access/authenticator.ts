import type { Client } from '../http/client.ts'
import { Problem } from '../http/problem.ts'
import { ApiKeys } from './api-keys.ts'
import { bearerTokenOf, type Credentials, credentialsOf } from './credentials.ts'
import type { KeySetDependencies } from './key-set.ts'
import { KeysUnavailable } from './keys-unavailable.ts'
import type { AuthOptions, JwtOptions } from './options.ts'
import type { Tokens } from './tokens.ts'

/** Why a credential is refused, as a sentence for clients. */
interface Refusal {
  readonly refusal: string
  /** Parameters of the challenge in WWW-Authenticate (RFC 6750, section 3). */
  readonly parameters?: string
}

/** What became of one kind of credential; null if none was sent. */
type Verdict = { readonly client: Client } | Refusal | null

const REALM = 'realm="tributary"'

/**
 * Finds out who sent a request: any one of the configured credentials lets in. Never throws.
 */
export class Authenticator {
  readonly #apiKeys: ApiKeys | null
  readonly #tokens: Promise<Tokens> | null

  /** `tokens` verifies tokens; null if there are none. Whoever made it closes it. */
  constructor({ apiKeys }: Pick<AuthOptions, 'apiKeys'>, tokens: Promise<Tokens> | null) {
    this.#apiKeys = apiKeys.length === 0 ? null : new ApiKeys(apiKeys)
    this.#tokens = tokens
  }

  /** Fetches the key set in the background, so that the first token need not wait for it. */
  prefetch(): void {
    void this.#tokens?.then((tokens) => tokens.prefetch())
  }

  /**
   * Returns the client, or the problem to answer with: 401, or 503 if there are no keys to verify its token with. A valid
   * token takes precedence over a valid API key, because it has claims.
   */
  async identify(rawHeaders: readonly string[]): Promise<Client | Problem> {
    const credentials = credentialsOf(rawHeaders)
    const byKey = this.#byKey(credentials)
    const mayWait = byKey === null || !('client' in byKey)
    try {
      const byToken = await this.#byToken(credentials, mayWait)
      for (const verdict of [byToken, byKey]) if (verdict !== null && 'client' in verdict) return verdict.client
      return this.#refuse(byKey as Refusal | null, byToken as Refusal | null)
    } catch (error) {
      if (byKey !== null && 'client' in byKey) return byKey.client
      if (error instanceof KeysUnavailable) return unavailable(error)
      throw error
    }
  }

  #byKey({ apiKeys: [given, ...others] }: Credentials): Verdict {
    if (this.#apiKeys === null || given === undefined) return null
    if (others.length > 0) return { refusal: 'The header X-API-Key was sent more than once.' }
    const client = this.#apiKeys.clientOf(given)
    return client === null ? { refusal: 'The API key in X-API-Key is not known.' } : { client }
  }

  async #byToken({ authorizations: [given, ...others] }: Credentials, mayWait: boolean): Promise<Verdict> {
    if (this.#tokens === null || given === undefined) return null
    if (others.length > 0)
      return { refusal: 'The header Authorization was sent more than once.', parameters: 'error="invalid_request"' }
    const token = bearerTokenOf(given)
    if (token === null) return { refusal: 'The header Authorization must hold Bearer, a space and a token.' }
    const verdict = await (await this.#tokens).verify(token, mayWait)
    if ('client' in verdict) return verdict
    return { ...verdict, parameters: `error="invalid_token", error_description="${verdict.refusal}"` }
  }

  #refuse(byKey: Refusal | null, byToken: Refusal | null): Problem {
    const refusals = [byKey, byToken].flatMap((refused) => refused?.refusal ?? [])
    const challenges = [
      ...(this.#tokens === null ? [] : [['Bearer', byToken?.parameters] as const]),
      // no scheme is registered for keys in a header of their own
      ...(this.#apiKeys === null ? [] : [['ApiKey', 'header="X-API-Key"'] as const]),
    ].map(([scheme, parameters]) => `${scheme} ${[REALM, ...(parameters ? [parameters] : [])].join(', ')}`)
    return new Problem('unauthorized', refusals.length === 0 ? this.#howTo() : refusals.join(' '), { challenges })
  }

  #howTo(): string {
    const ways = [
      ...(this.#apiKeys === null ? [] : ['an API key in the header X-API-Key']),
      ...(this.#tokens === null ? [] : ['a token in the header Authorization, after Bearer and a space']),
    ]
    return `This needs a credential; send ${ways.join(', or ')}.`
  }
}

/**
 * Creates what verifies tokens. It holds the keys of their issuer, so it outlives a reload that does not change
 * `server.auth.jwt`. The library for tokens is loaded only here, because loading it takes longer than the rest of the
 * start.
 */
export async function tokensOf(jwt: JwtOptions, dependencies: KeySetDependencies): Promise<Tokens> {
  const { Tokens } = await import('./tokens.ts')
  return new Tokens(jwt, dependencies)
}

function unavailable({ retryAfterMs }: KeysUnavailable): Problem {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
  return new Problem('keys-unavailable', 'Tokens cannot be verified at the moment; try again soon.', {
    retryAfterSeconds,
  })
}
