import { basicCredentials } from '../oauth2/options.ts'
import type { SourceConfig } from './config.ts'
import type { ConfigInput } from './configuration.ts'
import { type AuthInput, mergeAuth } from './sections/source/auth.ts'
import { isLoopback } from './sections/source/url.ts'

/** The secrets of a configuration, to look for in what a client may be shown. */

/** Shorter texts are in many other texts too, and no good secrets. */
const LEAST_LENGTH = 8

/** Names of members of a body, and of pairs of a query, whose values are probably secret. */
const TELLING = /key|token|secret|passw|pwd|auth|appid|credential|signature/i

/**
 * The texts of at least 8 characters that are written under `values`, `headers`, `auth`, `server.auth` and `redis`, those in a
 * `url` or `body` whose names tell that they are secret, and `others`: the values of environment variables, and what
 * belongs to proxies.
 */
export function secretsOf(input: ConfigInput, others: readonly string[]): readonly string[] {
  const { server = {}, redis, defaults = {}, sources = {} } = input
  const own = [defaults, ...Object.values(sources)].flatMap(({ values, headers, body, auth }) => [
    ...partsOfAuth(mergeAuth(defaults.auth, auth)),
    ...leavesOf(values),
    ...leavesOf(headers).flatMap(partsOfHeader),
    ...tellingIn(body),
  ])
  const urls = Object.values(sources).flatMap(({ url = '' }) => partsOfUrl(url))
  const ofServer = [...leavesOf(server.auth), ...leavesOf(redis).flatMap((text) => [text, ...partsOfUrl(text)])]
  const all = [...others, ...own, ...urls, ...ofServer]
  return [...new Set(all)].filter(({ length }) => length >= LEAST_LENGTH)
}

/** What proxies are called by, and our credentials for them, in all forms in which they are sent. */
export function proxyTexts(sources: Iterable<Pick<SourceConfig, 'proxy'>>): readonly string[] {
  const proxies = [...sources].flatMap(({ proxy }) => [proxy?.http ?? [], proxy?.https ?? []].flat())
  return proxies.flatMap(({ written, host, port, authorization }) => [
    ...[written, written.replace(/^\w+:\/\//, ''), `${host}:${port}`, isLoopback(host) ? '' : host],
    ...partsOfUrl(written),
    ...partsOfHeader(authorization ?? ''),
  ])
}

/** The texts and numbers in a value, as texts. */
function leavesOf(value: unknown): readonly string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : []
}

/** A header, its words (as in `Bearer …`), and what Basic credentials say (RFC 7617). */
function partsOfHeader(value: string): readonly string[] {
  const [, basic = ''] = /^basic ([A-Za-z0-9+/=]+)$/i.exec(value.trim()) ?? []
  const credentials = Buffer.from(basic, 'base64').toString()
  return [value, ...value.split(/[\s,;="']+/), credentials, ...credentials.split(/:(.*)/s)]
}

function tellingIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => (TELLING.test(name) ? leavesOf(inner) : tellingIn(inner)))
}

/** What is written there, and the forms in which id and secret are sent or decoded. */
function partsOfAuth(auth: AuthInput | undefined): readonly string[] {
  const { oauth2 = {} } = auth || {}
  const { clientId = '', clientSecret = '' } = oauth2
  const basic = basicCredentials({ clientId, clientSecret })
  const [sent, plain, secret] = [Buffer.from(basic, 'base64').toString(), `${clientId}:${clientSecret}`, clientSecret]
  const coded = [sent, plain, secret].flatMap((text) => [base64(text), Buffer.from(text).toString('base64url')])
  return clientSecret === '' ? leavesOf(auth) : [...leavesOf(auth), sent, plain, ...coded]
}

/** Without padding, which is left out in some places. */
function base64(text: string): string {
  return Buffer.from(text).toString('base64').replace(/=+$/, '')
}

/** User and password, and the values of a query whose names tell that they are secret. */
function partsOfUrl(text: string): readonly string[] {
  const [, user = '', password = ''] = /^[^/?#]*\/\/([^/?#@:]*)(?::([^/?#@]*))?@/.exec(text) ?? []
  const pairs = [...text.matchAll(/[?&]([^=&#{}]+)=([^&#{}]+)/g)]
  const values = pairs.flatMap(([, name = '', value = '']) => (TELLING.test(name) ? [value] : []))
  return [user, password, ...values].flatMap((part) => [part, decoded(part)])
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
