import { BlockList, isIP } from 'node:net'
import { domainToASCII } from 'node:url'

/** One entry of NO_PROXY: hosts that are called directly. */
export interface Exemption {
  /** A name in lower case, or an address without brackets; `*` for all hosts. */
  readonly host: string
  /** How many bits of the address count; null for a name. */
  readonly bits: number | null
  /** Null for all ports. */
  readonly port: number | null
  /** Whether a name is meant itself, too, or only the names below it. */
  readonly includesItself: boolean
}

/** What NO_PROXY says: its entries, and how many of them cannot be understood. */
export interface NoProxy {
  readonly exemptions: readonly Exemption[]
  readonly unreadable: number
}

/**
 * Reads NO_PROXY, for which there is no standard: entries separated by commas or white space. `a.example` and `.a.example`
 * are that name and the names below it, as in curl, Python and undici; `*.a.example` is only those below it, as in undici.
 * Addresses may be ranges (`10.0.0.0/8`), as in curl and Go, and each entry but a range may end with a port.
 */
export function parseNoProxy(text: string): NoProxy {
  const read = text
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
    .map(parseEntry)
  const exemptions = read.filter((entry) => entry !== null)
  return { exemptions, unreadable: read.length - exemptions.length }
}

function parseEntry(entry: string): Exemption | null {
  const range = /^([\da-fA-F.:]+)\/(\d{1,3})$/.exec(entry)
  if (range !== null) return exemptRange(range[1] ?? '', Number(range[2]))
  const [, host = '', digits] = /^\[(.*)\](?::(\d{1,5}))?$/.exec(entry) ?? splitPort(entry)
  const port = digits === undefined ? null : Number(digits)
  if (port === 0 || (port ?? 1) > 65_535) return null
  const family = isIP(host)
  if (family !== 0) return { host, bits: family === 4 ? 32 : 128, port, includesItself: true }
  return entry.startsWith('[') ? null : exemptName(host, port)
}

/** An IPv6 address without brackets has several colons, so none of them begins a port. */
function splitPort(entry: string): readonly (string | undefined)[] {
  return isIP(entry) === 0 ? (/^([^:]*)(?::(\d{1,5}))?$/.exec(entry) ?? [entry]) : [entry, entry]
}

function exemptRange(host: string, bits: number): Exemption | null {
  const family = isIP(host)
  const fits = family !== 0 && bits <= (family === 4 ? 32 : 128)
  return fits ? { host, bits, port: null, includesItself: true } : null
}

const NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/
/** What ends a host in a URL: domainToASCII would leave it out, with all behind it. */
const HOST_END = /[/?#\\@:]/

function exemptName(name: string, port: number | null): Exemption | null {
  if (name === '*') return { host: name, bits: null, port, includesItself: true }
  if (HOST_END.test(name)) return null
  const host = domainToASCII(name.replace(/^\*?\./, '').replace(/\.$/, ''))
  return NAME.test(host) ? { host, bits: null, port, includesItself: !name.startsWith('*') } : null
}

/** Whether a host is called directly. An IPv6 address is without brackets. Names are not looked up. */
export function isExempt(exemptions: readonly Exemption[], host: string, port: number): boolean {
  const name = host.toLowerCase().replace(/(.)\.$/, '$1')
  return exemptions.some((exemption) => (exemption.port ?? port) === port && covers(exemption, name))
}

function covers({ host, bits, includesItself }: Exemption, name: string): boolean {
  if (host === '*') return true
  const family = isIP(name)
  if (bits === null) return family === 0 && ((includesItself && name === host) || name.endsWith(`.${host}`))
  if (family === 0) return false
  const range = new BlockList()
  range.addSubnet(host, bits, isIP(host) === 4 ? 'ipv4' : 'ipv6')
  return range.check(name, family === 4 ? 'ipv4' : 'ipv6')
}
