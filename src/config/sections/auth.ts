import Type from 'typebox'
import type { AuthOptions, JwtOptions } from '../../access/options.ts'
import type { Input } from '../schema/input.ts'
import { guesses } from '../schema/keywords.ts'
import { block, optional, switchable, text } from '../schema/parts.ts'
import type { Scope } from '../schema/report.ts'
import { isLoopback } from './source/url.ts'

/** Who gets in: the block `server.auth`. */

const NOT_BLANK = { pattern: '\\S', expects: 'a text that is not blank' }

const audienceSchema = Type.Union([Type.String(NOT_BLANK), Type.Array(Type.String(NOT_BLANK), { minItems: 1 })], {
  description: 'Whom tokens must be meant for (`aud`): one text, or a list of which one is enough. Required.',
  examples: ['app'],
  expects: 'a text, or a list of texts',
})

const jwtSchema = block(
  {
    ...optional({
      jwks: text({
        description:
          "The URL of the issuer's key set (RFC 7517); its public keys verify tokens. Either this or `secret`.",
        examples: ['https://id.example/jwks.json'],
        alsoCalled: 'jwksuri jwksurl keys keyset keysurl',
      }),
      secret: text({
        description: 'The text that tokens are signed with (HS256), at least 32 bytes. Either this or `jwks`.',
        examples: ['${JWT_SECRET}'],
        alsoCalled: 'key sharedsecret signingkey',
      }),
    }),
    issuer: text({
      description: 'Who must have issued tokens (`iss`), in exactly these characters. Required.',
      examples: ['https://id.example/'],
      alsoCalled: 'iss',
      ...NOT_BLANK,
    }),
    audience: audienceSchema,
  },
  {
    description:
      'Accepts JSON Web Tokens as `Authorization: Bearer …`. They must name issuer, audience and an expiry time (with 60 s of tolerance). Default: no tokens.',
    examples: [{ jwks: 'https://id.example/jwks.json', issuer: 'https://id.example/', audience: 'app' }],
    alsoCalled: 'token tokens bearer oidc oauth2',
    guesses: guesses(
      ['aud audiences', 'did you mean "audience"?'],
      ['algorithm algorithms alg algs', 'algorithms follow from the keys; leave it out'],
      ['clocktolerance leeway skew', 'the tolerance is 60 s; leave it out'],
    ),
  },
)

const keys = optional({
  apiKeys: Type.Array(Type.String({ pattern: '^[!-~]+$', expects: 'printable ASCII without spaces' }), {
    description: 'Accepts these keys in the header X-API-Key. Default: no keys.',
    examples: [['${CLIENT_KEY}']],
    minItems: 1,
    alsoCalled: 'apikey keys key',
    hint: 'Write for example apiKeys: ["${CLIENT_KEY}"]',
  }),
  jwt: jwtSchema,
})

export const authSchema = switchable(
  block(keys, {
    description: 'The credentials that are accepted; any one of them lets in.',
    guesses: guesses(['basic users user password', 'clients have an API key or a token; write apiKeys or jwt']),
  }),
  {
    description:
      'Who gets in: every route but the documentation and `/health/*` then needs a credential. Never shown. Default: everybody.',
    examples: [{ apiKeys: ['${CLIENT_KEY}'] }],
    secret: true,
    alsoCalled: 'authentication authorization security access',
    hint: 'Write for example auth: { apiKeys: ["${CLIENT_KEY}"] }',
  },
)

export type AuthInput = Input<typeof authSchema>
type JwtInput = Input<typeof jwtSchema>

const PATH = ['server', 'auth']
const JWT = [...PATH, 'jwt']

/** Resolves and checks `server.auth`; null if everybody gets in. */
export function resolveAuth(input: AuthInput = false, scope: Scope): AuthOptions | null {
  if (input === false) return null
  const { apiKeys = [], jwt } = input
  if (apiKeys.length === 0 && jwt === undefined && !scope.isBroken(PATH))
    scope.problem(PATH, 'has neither apiKeys nor jwt; write for example apiKeys: ["${CLIENT_KEY}"]')
  warnOfWeakKeys(apiKeys, scope)
  return { apiKeys, jwt: jwt === undefined ? null : resolveJwt(jwt, scope) }
}

/** Shorter keys can be guessed. */
const MIN_KEY_LENGTH = 16
/** RFC 7518, section 3.2: a key of HS256 has at least the size of its hash. */
const MIN_SECRET_BYTES = 32

function warnOfWeakKeys(apiKeys: readonly string[], { warn }: Scope): void {
  for (const [index, key] of apiKeys.entries()) {
    const path = [...PATH, 'apiKeys', index]
    if (key.length < MIN_KEY_LENGTH)
      warn(path, `is shorter than ${MIN_KEY_LENGTH} characters and may be guessed; write a long random key`)
    if (apiKeys.indexOf(key) < index) warn(path, 'is the same as another key; leave one out')
  }
}

/** Null if a required key is missing; that was reported. */
function resolveJwt({ jwks, secret, issuer, audience }: JwtInput, scope: Scope): JwtOptions | null {
  const { problem, isBroken } = scope
  if (jwks !== undefined && secret !== undefined) problem(JWT, 'has both jwks and secret; leave one out')
  if (jwks === undefined && secret === undefined && !isBroken(JWT))
    problem(JWT, 'has neither jwks nor secret; write for example jwks: https://id.example/jwks.json')
  if (jwks !== undefined) checkKeySet(jwks, scope)
  if (secret !== undefined && Buffer.byteLength(secret) < MIN_SECRET_BYTES)
    problem(
      [...JWT, 'secret'],
      `is shorter than ${MIN_SECRET_BYTES} bytes and may be guessed; write a longer random text`,
    )
  if (issuer === undefined || audience === undefined) return null
  const keys = secret === undefined ? { jwks: jwks ?? '' } : { secret }
  return { keys, issuer, audience: typeof audience === 'string' ? [audience] : audience }
}

function checkKeySet(jwks: string, { problem, warn }: Scope): void {
  const url = URL.parse(jwks)
  const path = [...JWT, 'jwks']
  if (url === null || !/^https?:$/.test(url.protocol))
    return problem(path, 'must be a URL that begins with https:// or http://')
  if (url.username !== '' || url.password !== '')
    return problem(path, 'can hold no user or password; a key set is public')
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    warn(path, 'the keys travel over http, where they can be replaced on the way; use https')
}
