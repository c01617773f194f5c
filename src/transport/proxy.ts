import { type Exemption, isExempt } from './no-proxy.ts'

/** An HTTP proxy. All of it is secret. */
export interface HttpProxy {
  /** A name, or an address without brackets. */
  readonly host: string
  readonly port: number
  /** Whether it is spoken to over TLS. */
  readonly tls: boolean
  /** Value of Proxy-Authorization: Basic (RFC 7617); null if the URL has no user. */
  readonly authorization: string | null
  /** The URL as it is written, to find it in texts that clients may not see. */
  readonly written: string
}

/** Which proxy is used for which origin; null means that it is called directly. */
export interface ProxyOptions {
  readonly http: HttpProxy | null
  readonly https: HttpProxy | null
  /** Origins that are called directly nevertheless. */
  readonly exemptions: readonly Exemption[]
}

/** Returns the proxy for requests to an origin; null if it is called directly. */
export function proxyFor(options: ProxyOptions | null, origin: string): HttpProxy | null {
  if (options === null) return null
  const { protocol, hostname, port } = new URL(origin)
  const isSecure = protocol === 'https:'
  const number = Number(port || (isSecure ? 443 : 80))
  if (isExempt(options.exemptions, withoutBrackets(hostname), number)) return null
  return isSecure ? options.https : options.http
}

const EXAMPLE = 'http://proxy.internal:3128'

/** Reads the URL of a proxy. `problem` is the end of a sentence whose subject is the URL; it shows nothing of it. */
export function parseProxy(written: string): HttpProxy | { readonly problem: string } {
  if (/^socks\w*:/i.test(written))
    return { problem: `names a SOCKS proxy, which is not supported; write an HTTP proxy, for example ${EXAMPLE}` }
  if (!/^https?:\/\//i.test(written)) return { problem: `must begin with http:// or https://, as in ${EXAMPLE}` }
  const url = URL.parse(written)
  if (url === null)
    return {
      problem: `is not valid; write for example ${EXAMPLE}, with special characters of the password percent-encoded (# is %23)`,
    }
  const { protocol, hostname, port, pathname, search, hash } = url
  if (pathname !== '/' || search !== '' || hash !== '')
    return { problem: 'must end with the port; write "/", "?" and "#" as %2F, %3F and %23 in a password' }
  if (port === '0') return { problem: 'must have a port from 1 to 65535' }
  const credentials = authorizationOf(url)
  if ('problem' in credentials) return credentials
  const tls = protocol === 'https:'
  return { host: withoutBrackets(hostname), port: Number(port || (tls ? 443 : 80)), tls, ...credentials, written }
}

function authorizationOf(url: URL): Pick<HttpProxy, 'authorization'> | { readonly problem: string } {
  try {
    const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
    if (user === '' && password === '') return { authorization: null }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for (RFC 7617, section 2)
    if (/[\x00-\x1f\x7f]/.test(user + password)) return { problem: 'holds a control character in its user or password' }
    if (user.includes(':')) return { problem: 'holds a ":" in its user, which RFC 7617 does not allow' }
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
  } catch {
    return { problem: 'holds a "%" that begins no percent-encoded UTF-8; write it as %25' }
  }
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}
