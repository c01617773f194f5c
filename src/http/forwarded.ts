import { isIP } from 'node:net'
import { withoutPort } from './rate-limit-key.ts'

/** What Fastify yields of a request, seen through `trustProxy`. */
export interface Forwarded {
  /** The address of the client; undefined if the connection has just ended. */
  readonly ip: string | undefined
  /** The peer first, then the trusted part of X-Forwarded-For from its end; absent if nobody is trusted. */
  readonly ips?: readonly (string | undefined)[] | undefined
  readonly protocol: string | undefined
  readonly host: string
}

/**
 * X-Forwarded-For, -Proto and -Host of a request that is made for this client; alternating names and values. The
 * address of the peer is appended to what a trusted proxy said, as far as it is trusted. All values are checked, also
 * those of trusted proxies, because many pass on what their clients sent.
 */
export function forwardedHeaders({ ip, ips, protocol, host }: Forwarded): readonly string[] {
  const addresses = addressesOf(ips ?? [ip])
  const scheme = protocol?.toLowerCase() === 'https' ? 'https' : 'http'
  return [
    ...(addresses.length === 0 ? [] : ['x-forwarded-for', addresses.join(', ')]),
    ...['x-forwarded-proto', scheme],
    ...(HOST.test(host) ? ['x-forwarded-host', host] : []),
  ]
}

/**
 * A host name or an IPv6 address, and a port. Narrower than what a Host header may hold (RFC 3986, section 3.2.2): a
 * comma would make a list of it, and sources put it into links.
 */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i

/** Client first, as in X-Forwarded-For. What stands before an entry that is no address is not known. */
function addressesOf(ips: readonly (string | undefined)[]): readonly string[] {
  const known: string[] = []
  for (const written of ips) {
    const address = addressOf(written)
    if (address === null) break
    known.unshift(address)
  }
  return known
}

/** Without a port or a zone, which mean nothing to others. An IPv4 address that is mapped to IPv6 is an IPv4 address. */
function addressOf(written = ''): string | null {
  const [address = ''] = withoutPort(written.trim()).split('%', 1)
  if (isIP(address) === 0) return null
  return /^::ffff:([\d.]+)$/i.exec(address)?.[1] ?? address
}
