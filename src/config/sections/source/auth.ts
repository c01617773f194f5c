import Type from 'typebox'
import { CLIENT_AUTHENTICATIONS, type OAuth2Options } from '../../../oauth2/options.ts'
import { isPrivateLiteral } from '../../../transport/lookup.ts'
import { type Input, mergeBlock } from '../../schema/input.ts'
import { guesses } from '../../schema/keywords.ts'
import { block, oneOf, optional, switchable, text } from '../../schema/parts.ts'
import type { Path } from '../../text/problems.ts'
import { type HeaderInput, headerPath } from './headers.ts'
import type { Checks, SourceScope } from './scope.ts'
import { isLoopback } from './url.ts'

/** How we prove to a source who we are: access tokens of OAuth 2.0. */

const DEFAULTS = { authentication: 'basic' } as const
const EXAMPLES = { tokenUrl: 'https://id.example/token', clientId: 'bff', clientSecret: '${CLIENT_SECRET}' }
/** A text from a file or a command often ends with a line break. */
const CREDENTIAL = {
  pattern: '^(?=.*\\S)[^\\x00-\\x1f\\x7f]+$',
  expects: 'a text that is not blank, without line breaks and control characters; look at its end',
}
const VALUE = Type.Union([Type.String(), Type.Array(Type.String())], { expects: 'a text, or a list of texts' })

const keys = optional({
  tokenUrl: text({
    description:
      'The token endpoint, https or http. Requests go there with `tls`, `connectTimeout` and `denyPrivateAddresses` of the source. Never shown. Required.',
    examples: [EXAMPLES.tokenUrl],
    alsoCalled: 'url tokenendpoint tokenuri accesstokenurl accesstokenuri tokenurls endpoint',
    hint: 'Write for example tokenUrl: https://id.example/token',
  }),
  clientId: text({
    description: 'The id of this service at the token endpoint. Never shown. Required.',
    examples: [EXAMPLES.clientId],
    alsoCalled: 'id client user username',
    ...CREDENTIAL,
  }),
  clientSecret: text({
    description: 'The secret of this service at the token endpoint. Never shown. Required.',
    examples: [EXAMPLES.clientSecret],
    alsoCalled: 'secret password',
    ...CREDENTIAL,
  }),
  scope: text({
    description: 'The scopes that are asked for, separated by spaces. Never shown. Default: none.',
    examples: ['read'],
    alsoCalled: 'scopes',
    hint: 'Write for example scope: read write',
    pattern: '^[!#-\\[\\]-~]+( [!#-\\[\\]-~]+)*$',
    expects: 'scopes separated by one space each, such as read write (RFC 6749, section 3.3)',
  }),
  authentication: oneOf(CLIENT_AUTHENTICATIONS, {
    description:
      'Where id and secret are: `basic`, in the header Authorization (`client_secret_basic`); `post`, in the body (`client_secret_post`).',
    default: DEFAULTS.authentication,
    examples: ['post'],
    alsoCalled: 'authmethod authstyle clientauthentication clientauthenticationmethod tokenendpointauthmethod',
    hint: 'Write authentication: basic for client_secret_basic, authentication: post for client_secret_post',
  }),
  params: Type.Record(Type.String({ pattern: '^(?!__proto__$)[\\s\\S]+$' }), VALUE, {
    description:
      'Further parameters of the token request, such as `audience` or `resource`. A list is sent as one parameter for each of its items. Never shown. Default: none.',
    examples: [{ audience: 'api' }],
    keys: 'the name of a parameter',
    alsoCalled: 'endpointparams extraparams parameters additionalparameters',
    hint: 'Write for example params: { audience: api }',
  }),
})

const oauth2Schema = block(keys, {
  description:
    'Access tokens by client credentials (RFC 6749, section 4.4), sent as `Authorization: Bearer …`. All calls of the source share a token; it is renewed in the background before it expires.',
  examples: [EXAMPLES],
  alsoCalled: 'oauth clientcredentials oidc',
  hint: 'Write for example oauth2: { tokenUrl: https://id.example/token, clientId: bff, clientSecret: "${CLIENT_SECRET}" }',
  guesses: guesses(
    ['granttype grant', 'the grant is always client_credentials; leave it out'],
    ['audience resource', 'did you mean "params"? Write for example params: { audience: api }'],
    [
      'issuer discovery discoveryurl issueruri wellknown',
      'did you mean "tokenUrl"? Write the address of the token endpoint itself',
    ],
    [
      'refreshtoken accesstoken',
      'a fixed token belongs in headers; write for example headers: { authorization: "Bearer ${API_TOKEN}" }',
    ],
    ['privatekey assertion clientassertion jwt', 'only client secrets are supported; write clientSecret'],
    [
      'timeout expiry expiresin renewbefore leeway',
      'lifetimes follow from the token endpoint, and waiting counts as time of the call (timeout); leave it out',
    ],
    ['tls ca cert', "the token endpoint is called with the source's tls; write it beside auth"],
  ),
})

export const authSchema = switchable(
  block(optional({ oauth2: oauth2Schema }), {
    description: 'Credentials of this service at the source.',
    guesses: guesses(
      [
        'basic bearer apikey apikeys key header username password',
        'fixed credentials belong in headers; write for example headers: { authorization: "Bearer ${API_TOKEN}" }',
      ],
      [
        'tokenurl clientid clientsecret scope',
        'belongs in oauth2; write auth: { oauth2: { tokenUrl: …, clientId: …, clientSecret: … } }',
      ],
    ),
  }),
  {
    description: 'Access tokens that are sent to the source. Never shown. Default: none.',
    examples: [{ oauth2: EXAMPLES }],
    secret: true,
    alsoCalled: 'oauth2 oauth clientcredentials authentication',
    hint: 'Write for example auth: { oauth2: { tokenUrl: https://id.example/token, clientId: bff, clientSecret: "${CLIENT_SECRET}" } }',
  },
)

export type AuthInput = Input<typeof authSchema>

/** Merges the block of `defaults` into that of the source; `oauth2` and its `params` are blocks in it. */
export function mergeAuth(defaults?: AuthInput, own?: AuthInput): AuthInput | undefined {
  if (!defaults || !own || !defaults.oauth2 || !own.oauth2) return mergeBlock(defaults, own)
  const params = mergeBlock(defaults.oauth2.params, own.oauth2.params)
  const oauth2 = { ...defaults.oauth2, ...own.oauth2 }
  return { ...defaults, ...own, oauth2: params ? { ...oauth2, params } : oauth2 }
}

/** Resolves `auth`; null if there is none, or if it lacks a key, which is reported. */
export function resolveAuth(input: AuthInput = false): OAuth2Options | null {
  const { oauth2 = {} } = input || {}
  const { tokenUrl, clientId, clientSecret, scope = null, ...more } = oauth2
  if (tokenUrl === undefined || clientId === undefined || clientSecret === undefined) return null
  const { authentication, params = {} } = { ...DEFAULTS, ...more }
  return { tokenUrl, clientId, clientSecret, scope, authentication, params }
}

type AuthKeys = HeaderInput & { readonly auth?: AuthInput }
type AuthScope = SourceScope<AuthKeys, 'passStatus' | 'emptyStatuses' | 'forwardHeaders' | 'deadlineHeader'>

export const authChecks: Checks<AuthScope> = [
  checkNeededKeys,
  checkTokenUrl,
  checkParams,
  checkHeaders,
  checkStatuses,
  warnOfSecretsInTheClear,
]

/** Where a key of `oauth2` is written: in the source or in `defaults`; if absent, where it belongs. */
function placeIn({ id, own, defaults }: AuthScope, key: string): Path {
  const isIn = ({ auth }: AuthKeys) => auth && auth.oauth2 !== undefined && Object.hasOwn(auth.oauth2, key)
  return [...(!isIn(own) && isIn(defaults) ? ['defaults'] : ['sources', id]), 'auth', 'oauth2', key]
}

function checkNeededKeys(scope: AuthScope): void {
  const { id, written, problem, at, hasBroken } = scope
  if (!written.auth || hasBroken('auth')) return
  const { oauth2 } = written.auth
  if (oauth2 === undefined)
    return problem(
      at('auth'),
      `has no oauth2 for "${id}"; write for example oauth2: { tokenUrl: …, clientId: …, clientSecret: … }, or auth: false`,
    )
  for (const [key, example] of Object.entries(EXAMPLES))
    if (!Object.hasOwn(oauth2, key))
      problem(placeIn(scope, key), `is missing for "${id}"; write for example ${key}: ${example}`)
}

function checkTokenUrl(scope: AuthScope): void {
  const { source, problem, hasBroken } = scope
  if (source.auth === null || hasBroken('auth')) return
  const wrong = urlProblem(source.auth.tokenUrl, source.denyPrivateAddresses)
  if (wrong !== null) problem(placeIn(scope, 'tokenUrl'), wrong)
}

function urlProblem(tokenUrl: string, denyPrivateAddresses: boolean): string | null {
  if (/[{}]/.test(tokenUrl)) return 'can hold no variable; write the whole address'
  const url = URL.parse(tokenUrl)
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be a URL that begins with https:// or http://'
  if (url.username !== '' || url.password !== '')
    return 'can hold no user or password; write them as clientId and clientSecret'
  if (url.hash !== '' || tokenUrl.endsWith('#'))
    return 'can hold no fragment (RFC 6749, section 3.2); leave out what begins with #'
  if (denyPrivateAddresses && isPrivateLiteral(url.hostname.replace(/^\[|\]$/g, '')))
    return 'its host is a private address, which denyPrivateAddresses refuses; write denyPrivateAddresses: false, or another host'
  return null
}

/** What the request has anyway, and the key that it follows from. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ['grant_type', 'is always client_credentials; leave it out'],
  ['client_id', 'is what clientId says; write it there'],
  ['client_secret', 'is what clientSecret says; write it there'],
  ['scope', 'is what scope says; write it there'],
])

function checkParams(scope: AuthScope): void {
  for (const name of Object.keys(scope.source.auth?.params ?? {})) {
    const wrong = RESERVED.get(name)
    if (wrong !== undefined) scope.problem([...placeIn(scope, 'params'), name], wrong)
  }
}

/** A request has one Authorization header. */
function checkHeaders(scope: AuthScope): void {
  const { id, source, problem, at } = scope
  if (source.auth === null) return
  const why = `of "${id}" is the token of auth.oauth2; leave it out, or write auth: false`
  if (Object.hasOwn(source.headers, 'authorization')) problem(headerPath(scope, 'authorization'), why)
  if (source.forwardHeaders.includes('authorization')) problem(at('forwardHeaders'), `"authorization" ${why}`)
  if (source.deadlineHeader === 'authorization') problem(at('deadlineHeader'), why)
}

/** These statuses are about our token, not about the client. */
function checkStatuses({ id, source, problem, at }: AuthScope): void {
  if (source.auth === null) return
  for (const status of source.passStatus)
    if (status === 401 || status === 403)
      problem(
        at('passStatus'),
        `${status} of "${id}" would be about the token of auth.oauth2, not about the client; leave it out`,
      )
  if (source.emptyStatuses.includes(401))
    problem(at('emptyStatuses'), `401 of "${id}" says that the token of auth.oauth2 was refused; leave it out`)
}

function warnOfSecretsInTheClear(scope: AuthScope): void {
  const { source, warn, hasBroken } = scope
  const url = URL.parse(source.auth?.tokenUrl ?? '')
  if (url?.protocol !== 'http:' || isLoopback(url.hostname) || hasBroken('auth')) return
  warn(
    placeIn(scope, 'tokenUrl'),
    'the client secret and the tokens travel unencrypted over http to another host; use https',
  )
}
