import { isIP } from 'node:net'
import Type from 'typebox'
import { compileTemplate, type Template } from '../../../source/template.ts'
import { isPrivateAddress } from '../../../transport/address.ts'
import { proxyFor } from '../../../transport/proxy.ts'
import { flag } from '../../schema/parts.ts'
import type { Scope } from '../../schema/report.ts'
import type { Path } from '../../text/problems.ts'
import { type Checks, goalsOf, type SourceDraft, type SourceScope } from './scope.ts'
import { providersOf, textsIn, type VariableInput } from './variables.ts'

export const urlSchema = Type.String({
  description: 'An RFC 6570 (level 4) template, http or https. The origin can hold no variable. Never shown. Required.',
  examples: ['https://api.openweathermap.org/data/2.5/weather{?q,units,appid}'],
  secret: true,
  alsoCalled: 'path endpoint uri baseurl host hosts target href address urlpattern upstream proxypass',
  hint: 'Write the whole address there, as in url: "https://api.example/weather{?q}"',
})

const DENY_PRIVATE_DEFAULT = false

export const denyPrivateAddressesSchema = flag({
  description: 'Whether loopback, private and link-local addresses are refused, also where a name leads to one.',
  default: DENY_PRIVATE_DEFAULT,
  examples: [true],
})

export function resolveDenyPrivateAddresses(input: boolean = DENY_PRIVATE_DEFAULT): boolean {
  return input
}

type Templates = Pick<SourceDraft, 'template' | 'shownTemplate'>

/** Compiles `url`: its template, and one without secrets, to show. Null if missing or invalid; that is reported. */
export function resolveUrl(id: string, url: string | undefined, scope: Scope): Templates {
  const path = ['sources', id, 'url']
  const template = compileUrl(url, path, scope)
  const masked = scope.masked(path)
  return { template, shownTemplate: masked === null ? template : compileMasked(masked) }
}

/** How other tools write a socket file as a URL: `http://unix:/run/a.sock:/path`, `http+unix://…`. */
export const SOCKET_URL = /^(https?:\/\/unix:\/|https?\+unix:|unix:)/i

function compileUrl(url: string | undefined, path: Path, { problem, isBroken }: Scope): Template | null {
  if (url === undefined || isBroken(path)) return null
  if (SOCKET_URL.test(url)) {
    problem(path, 'names a socket file; write that as unixSocket: /run/users.sock, and here http://users/ and the path')
    return null
  }
  try {
    return compileTemplate(url)
  } catch (error) {
    problem(path, (error as Error).message)
    return null
  }
}

/** Null if MASK is not valid in place of the reference, as in the port. */
function compileMasked(masked: string): Template | null {
  try {
    return compileTemplate(masked)
  } catch {
    return null
  }
}

type UrlScope = SourceScope<VariableInput, 'url' | 'denyPrivateAddresses'>

export const urlChecks: Checks<UrlScope> = [checkExpandable, checkOperators, checkAddress, warnOfSecretsInTheClear]

/** Reports fixed values that the URL cannot contain: every request would be answered with 400. */
function checkExpandable(scope: UrlScope): void {
  const { source, problem, at, hasBroken } = scope
  const { template, values } = source
  if (!template || hasBroken('url', 'params', 'values')) return
  const others = foreignNames(scope)
  for (const name of Object.keys(values)) {
    const filled = Object.fromEntries(template.variables.map((variable) => [variable.name, 'x']))
    const expanded = template.expand({ ...filled, [name]: values[name] })
    if ('problem' in expanded && !others.has(name)) problem(at('values', name), expanded.problem)
  }
}

/** `{+x}` and `{#x}` do not encode, so a client or another source could change other parts of the URL. */
function checkOperators(scope: UrlScope): void {
  const { source, id, problem } = scope
  const others = foreignNames(scope)
  for (const { name, operator } of source.template?.variables ?? []) {
    if ((operator !== '+' && operator !== '#') || !others.has(name)) continue
    problem(
      ['sources', id, 'url'],
      `{${operator}${name}} does not encode, so only values may provide it; write {${name}}`,
    )
  }
}

/** The variables whose values come from clients or other sources. */
function foreignNames(scope: UrlScope): ReadonlySet<string> {
  const foreign = providersOf(scope).filter(({ kind }) => kind !== 'values')
  return new Set(foreign.map(({ name }) => name))
}

/** Checks hosts that are IP addresses. Host names are checked when they are resolved, for each connection. */
function checkAddress(scope: UrlScope): void {
  const { source, problem, hasBroken } = scope
  if (!source.denyPrivateAddresses || hasBroken('denyPrivateAddresses')) return
  for (const { path, origin } of goalsOf(scope)) {
    const host = new URL(origin).hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) === 0 || !isPrivateAddress(host)) continue
    problem(
      path,
      'its host is a private address, which denyPrivateAddresses refuses; write denyPrivateAddresses: false, or another host',
    )
  }
}

function warnOfSecretsInTheClear(scope: UrlScope): void {
  const { source, id, written, warn, at, isFromEnvironment } = scope
  const { values, headers, forwardHeaders } = source
  const readable = goalsOf(scope).filter(({ origin }) => isPlain(origin) && !staysHere(source, origin))
  if (readable.length === 0) return
  const texts = source.body === null ? [] : textsIn(written.body, at('body'))
  const secrets = [
    Object.keys(values).length > 0 ? 'values' : [],
    Object.keys(headers).length > 0 ? 'headers' : [],
    isFromEnvironment(['sources', id, 'url']) ? 'environment references in url' : [],
    texts.some(({ path }) => isFromEnvironment(path)) ? 'environment references in body' : [],
    source.auth === null ? [] : 'access tokens',
    forwardHeaders.some((name) => name === 'authorization' || name === 'cookie') ? "the client's credentials" : [],
  ].flat()
  if (secrets.length === 0) return
  for (const { path } of readable)
    warn(path, `${secrets.join(', ')} travel unencrypted over http to another host; use https`)
}

function isPlain(origin: string): boolean {
  return origin.startsWith('http:')
}

/** Whether requests do not leave this machine. */
function staysHere({ unixSocket, proxy }: SourceDraft, origin: string): boolean {
  if (unixSocket !== null) return true
  return isLoopback(new URL(origin).hostname) && isLoopback(proxyFor(proxy, origin)?.host ?? 'localhost')
}

/** Whether a host is this machine; an IPv6 address with the brackets of a URL or without. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || /^(\[::1\]|::1)$/.test(host) || /^127(\.\d+){3}$/.test(host)
  )
}
