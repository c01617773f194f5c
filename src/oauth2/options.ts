/** How access tokens for a source are had: client credentials (RFC 6749, section 4.4). All of it is secret. */
export interface OAuth2Options {
  /** The token endpoint, http or https, without user, password and fragment. */
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** Scopes, separated by spaces; null for none. */
  readonly scope: string | null
  /** Whether id and secret are in a header (`basic`), or in the body (`post`). */
  readonly authentication: ClientAuthentication
  /** Further members of the request, by name; a list is sent as one for each of its values. */
  readonly params: Readonly<Record<string, string | readonly string[]>>
}

/** Ways to authenticate (RFC 6749, section 2.3.1). */
export const CLIENT_AUTHENTICATIONS = ['basic', 'post'] as const
export type ClientAuthentication = (typeof CLIENT_AUTHENTICATIONS)[number]

/**
 * What Basic authentication sends: id and secret, each encoded as in a form (RFC 6749, section 2.3.1). The encoding is
 * that of HTML, which leaves letters, digits and `*-._` as they are: many servers do not decode.
 */
export function basicCredentials({ clientId, clientSecret }: Pick<OAuth2Options, 'clientId' | 'clientSecret'>): string {
  return Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64')
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
