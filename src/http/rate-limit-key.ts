import { hash } from 'node:crypto'
import { isIP, isIPv6 } from 'node:net'
import type { Client } from './client.ts'

/** What of a request says who its client is. */
interface Asking {
  readonly client: Client | null
  /** The address that `trustProxy` yields; undefined if the connection has just ended. */
  readonly ip: string | undefined
}

/**
 * The key of a request's client for the rate limit: the verified credential, else the address. A digest, because it is
 * kept in Redis, and because a token's subject may be long.
 */
export function rateLimitKeyOf({ client, ip }: Asking): string {
  return hash('sha256', client === null ? `address ${networkOf(ip ?? '')}` : `credential ${client.key}`, 'base64url')
}

/**
 * The address whose requests count together: of IPv6 the first 64 bits, because a client has all addresses below them
 * (RFC 6177). Some proxies add the port to X-Forwarded-For, which a client can change with each request.
 */
export function networkOf(written: string): string {
  const address = withoutPort(written.trim())
  if (!isIPv6(address)) return address
  const groups = groupsOf(address)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped)
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 255])
      .join('.')
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')
}

/** The address alone, where a proxy has written it with a port or in brackets; else the text as it is. */
export function withoutPort(text: string): string {
  const [, host = text] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? /^([\d.]+):\d+$/.exec(text) ?? []
  return isIP(host) === 0 ? text : host
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const [plain = ''] = address.split('%', 1)
  // URL writes dotted decimals as two groups
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::')
  const before = numbersOf(head)
  const after = numbersOf(tail ?? '')
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array<number>(zeros).fill(0), ...after]
}

function numbersOf(groups: string): readonly number[] {
  return groups === '' ? [] : groups.split(':').map((group) => Number.parseInt(group, 16))
}
