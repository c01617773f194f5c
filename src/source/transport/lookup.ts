import { lookup as systemLookup } from 'node:dns'
import net, { type LookupFunction } from 'node:net'
import { isPrivateAddress } from '../address.ts'

/** The only addresses of a host are ones that may not be called. */
export class AddressProhibited extends Error {
  readonly code = 'TRIBUTARY_ADDRESS_PROHIBITED'
}

/** Whether a host is itself an address that may not be called: for one, Node looks nothing up. */
export function isPrivateLiteral(hostname: string): boolean {
  return net.isIP(hostname) !== 0 && isPrivateAddress(hostname)
}

/**
 * Looks a name up as Node does, and leaves out addresses that may not be called. The connection is made to what comes of
 * this very look-up, so that an answer that changes meanwhile (DNS rebinding) gains nothing.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(error, [])
    const addresses = found.filter(({ address }) => !isPrivateAddress(address))
    const [first] = addresses
    if (first === undefined) return callback(new AddressProhibited(), [])
    if (options.all === true) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
}
