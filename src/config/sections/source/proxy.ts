import { parseNoProxy } from '../../../transport/no-proxy.ts'
import { type HttpProxy, type ProxyOptions, parseProxy, proxyFor } from '../../../transport/proxy.ts'
import type { Input } from '../../schema/input.ts'
import { switchable, text } from '../../schema/parts.ts'
import type { Scope } from '../../schema/report.ts'
import type { Path } from '../../text/problems.ts'
import type { SourceDraft, SourceScope } from './scope.ts'
import { isLoopback } from './url.ts'

const EXAMPLE = 'http://proxy.internal:3128'
const ENVIRONMENT = 'environment'

const EXPECTS = `the URL of a proxy, as in ${EXAMPLE}, environment, or false`
const either = text({
  description: 'URL of an HTTP proxy, or `environment`.',
  // so that `${PROXY:-false}` is no text
  pattern: '^(?!(true|false)$)',
  expects: EXPECTS,
})

export const proxySchema = switchable(either, {
  description:
    'URL of the HTTP proxy that requests go through, with user and password where it wants them, or `environment`: the environment variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY say which. Never shown. Default: none.',
  examples: [EXAMPLE, ENVIRONMENT],
  secret: true,
  expects: EXPECTS,
  alsoCalled:
    'httpproxy httpsproxy proxyurl proxyuri proxyhost proxyserver proxyagent forwardproxy outboundproxy egressproxy useproxy',
  hint: `Write for example proxy: ${EXAMPLE}`,
})

export type ProxyInput = Input<typeof proxySchema>

/** Null without a proxy, and where its URL cannot be read; that is reported. */
export function resolveProxy(input: ProxyInput = false, path: Path, scope: Scope): ProxyOptions | null {
  if (input === false) return null
  if (input === ENVIRONMENT) return fromEnvironment(path, scope)
  const proxy = read(input, 'the URL', path, scope)
  return proxy && { http: proxy, https: proxy, exemptions: [] }
}

/** As curl reads them, but for HTTP_PROXY in capitals, which counts as it does in undici: this is no CGI script. */
function fromEnvironment(path: Path, scope: Scope): ProxyOptions | null {
  const [http, https] = ['HTTP_PROXY', 'HTTPS_PROXY'].map((name) => fromVariable(name, path, scope))
  const { exemptions, unreadable } = parseNoProxy(variable('NO_PROXY', scope)?.value ?? '')
  if (unreadable > 0)
    scope.warn(
      path,
      'reads the environment variable NO_PROXY, in which an entry is no host, address or range; it is left out',
    )
  return http || https ? { http: http ?? null, https: https ?? null, exemptions } : null
}

function fromVariable(name: string, path: Path, scope: Scope): HttpProxy | null {
  const found = variable(name, scope)
  if (found === null || found.value.trim() === '') return null
  const written = found.value.trim()
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`
  return read(url, `the URL in the environment variable ${found.name}`, path, scope)
}

/** Lower case wins, also where it is empty: so the other one can be switched off. */
function variable(name: string, scope: Scope): { readonly name: string; readonly value: string } | null {
  for (const either of [name.toLowerCase(), name]) {
    const value = scope.variable(either)
    if (value !== undefined) return { name: either, value }
  }
  return null
}

function read(url: string, subject: string, path: Path, scope: Scope): HttpProxy | null {
  const proxy = parseProxy(url)
  if (!('problem' in proxy)) return proxy
  scope.problem(path, `${subject} ${proxy.problem}`)
  return null
}

/** The proxy that requests of the source go through; null for none. */
export function proxyOf({ proxy, template }: SourceDraft): HttpProxy | null {
  return template === null ? null : proxyFor(proxy, template.origin)
}

export function warnOfCredentials({ source, at, warn }: SourceScope<{ readonly proxy?: ProxyInput }>): void {
  const proxy = proxyOf(source)
  if (proxy === null || proxy.tls || proxy.authorization === null || isLoopback(proxy.host)) return
  warn(
    at('proxy'),
    'the credentials for the proxy travel unencrypted to another host; use https:// where it speaks TLS',
  )
}
