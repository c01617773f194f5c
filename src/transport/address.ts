import { BlockList, isIP } from 'node:net'

/** IPv4 ranges that are not public: the IANA special-purpose registry (RFC 6890), multicast, and reserved ranges. */
const IPV4 = [
  '0.0.0.0/8', // this network (RFC 791, section 3.2)
  '10.0.0.0/8', // private (RFC 1918)
  '100.64.0.0/10', // shared by a carrier's customers (RFC 6598)
  '127.0.0.0/8', // loopback (RFC 1122, section 3.2.1.3)
  '169.254.0.0/16', // link-local (RFC 3927); clouds provide credentials at 169.254.169.254
  '172.16.0.0/12', // private (RFC 1918)
  '192.0.0.0/24', // protocol assignments (RFC 6890, section 2.1)
  '192.0.2.0/24', // documentation (RFC 5737)
  '192.88.99.0/24', // 6to4 relays (RFC 7526)
  '192.168.0.0/16', // private (RFC 1918)
  '198.18.0.0/15', // benchmarks (RFC 2544)
  '198.51.100.0/24', // documentation (RFC 5737)
  '203.0.113.0/24', // documentation (RFC 5737)
  '224.0.0.0/4', // multicast (RFC 5771)
  '240.0.0.0/4', // reserved, and broadcast (RFC 1112, RFC 919)
]

/** IPv6 ranges that are not public. Only 2000::/3 is global unicast (RFC 4291, section 2.4), and not all of it. */
const IPV6 = [
  '::/3', // unspecified, loopback, IPv4-compatible, NAT64 of a site (RFC 8215), discard (RFC 6666)
  '2001::/23', // protocol assignments (RFC 2928), among them Teredo (RFC 4380), which hides an IPv4 address
  '2001:db8::/32', // documentation (RFC 3849)
  '3fff::/20', // documentation (RFC 9637)
  '4000::/2', // reserved
  '8000::/1', // reserved, unique-local (RFC 4193), link-local and multicast (RFC 4291)
]

/**
 * IPv6 addresses that contain an IPv4 address, by the text before and after it. They are public if the IPv4 address is.
 */
const EMBEDDINGS = [
  { before: '::ffff:', after: '', bits: 96 }, // IPv4-mapped (RFC 4291, section 2.5.5.2)
  { before: '64:ff9b::', after: '', bits: 96 }, // NAT64 (RFC 6052), used in networks without IPv4
  { before: '2002:', after: '::', bits: 16 }, // 6to4 (RFC 3056)
]

const embedding = blockList(EMBEDDINGS.map(({ before, after, bits }) => `${before}${hex('0.0.0.0')}${after}/${bits}`))
const privateIpv4 = blockList(IPV4)
const privateIpv6 = blockList(IPV6)
const privateEmbedded = blockList(
  EMBEDDINGS.flatMap(({ before, after, bits }) =>
    IPV4.map((subnet) => {
      const [net = '', prefix] = subnet.split('/')
      return `${before}${hex(net)}${after}/${bits + Number(prefix)}`
    }),
  ),
)

/**
 * Whether an IPv4 or IPv6 address (without brackets) is not public: loopback, private, shared, link-local, unspecified,
 * multicast, reserved, unique-local, or an IPv6 form of such an IPv4 address. Also true for text that is not an
 * address, to be safe.
 */
export function isPrivateAddress(address: string): boolean {
  const [plain = ''] = address.split('%', 1)
  const family = isIP(plain)
  if (family === 4) return privateIpv4.check(plain, 'ipv4')
  if (family === 0) return true
  return (embedding.check(plain, 'ipv6') ? privateEmbedded : privateIpv6).check(plain, 'ipv6')
}

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [net = '', prefix] = subnet.split('/')
    list.addSubnet(net, Number(prefix), net.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}

/** Writes an IPv4 address as two groups of an IPv6 address. */
function hex(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number)
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}
