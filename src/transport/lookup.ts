import type { LookupAddress } from 'node:dns'
import { lookup as systemLookup } from 'node:dns'
import net, { type LookupFunction } from 'node:net'
import type { Clock } from '../core/deadline.ts'
import { isPrivateAddress } from './address.ts'

/** The host has only addresses that must not be called. */
export class AddressProhibited extends Error {
  readonly code = 'TRIBUTARY_ADDRESS_PROHIBITED'
}

/**
 * Whether a host is an address that must not be called. This check is needed because Node does not call `lookup` for
 * addresses.
 */
export function isPrivateLiteral(hostname: string): boolean {
  return net.isIP(hostname) !== 0 && isPrivateAddress(hostname)
}

/** Finds all addresses of a name, like `dns.lookup`: hosts file first, then name servers. */
export type FindAddresses = (
  hostname: string,
  options: { readonly all: true; readonly family?: LookupOptions['family']; readonly hints?: number | undefined },
  callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void

type LookupOptions = Parameters<LookupFunction>[1]
type Addresses = readonly LookupAddress[]

const findBySystem = systemLookup as unknown as FindAddresses

/** How long a result is reused without a new look-up, in milliseconds. */
const FRESH_MS = 5_000
/** How long to wait for a new look-up before an older result is used, in milliseconds. */
const PATIENCE_MS = 100

/** Error codes which mean that the name does not exist, or no longer has an address. */
const GONE: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NODATA'])

/** State of one name. */
interface Known {
  /** The last successful result; null if there is none, or the name no longer exists. */
  addresses: Addresses | null
  foundAt: number
  /** The running look-up, or null; it never rejects. */
  running: Promise<Found> | null
  startedAt: number
}

type Found = { readonly addresses: Addresses } | { readonly error: NodeJS.ErrnoException }

/**
 * Looks up names, with one look-up per name at a time, shared by all callers.
 *
 * `getaddrinfo` blocks threads of libuv, of which half may do look-ups. A look-up whose name server does not respond
 * blocks its thread for up to 40 seconds (resolv.conf: two attempts of 5 s for each server and search domain), even
 * after its caller has given up. With one look-up per connection, a single such name would block all these threads, and
 * no other name could be resolved.
 */
export class Lookups {
  readonly #clock: Clock
  readonly #find: FindAddresses
  readonly #known = new Map<string, Known>()

  constructor(clock: Clock, find: FindAddresses = findBySystem) {
    this.#clock = clock
    this.#find = find
  }

  /** A `lookup` function for `net.connect`. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    void this.#addresses(hostname, options).then((found) => answer(found, options, callback))
  }

  /** The same, but without private addresses. Fails with AddressProhibited if no other remains. */
  readonly publicLookup: LookupFunction = (hostname, options, callback) => {
    void this.#addresses(hostname, options).then((found) => answer(publicOf(found), options, callback))
  }

  async #addresses(hostname: string, options: LookupOptions): Promise<Found> {
    const known = this.#knownOf(hostname, options)
    const { addresses } = known
    if (addresses !== null && this.#clock.now() - known.foundAt < FRESH_MS) return { addresses }
    known.running ??= this.#run(known, hostname, options)
    return addresses === null ? known.running : this.#hurried(known, known.running, addresses)
  }

  #knownOf(hostname: string, { family = 0, hints = 0 }: LookupOptions): Known {
    const key = `${hostname} ${family} ${hints}`
    const known = this.#known.get(key) ?? { addresses: null, foundAt: 0, running: null, startedAt: 0 }
    this.#known.set(key, known)
    return known
  }

  #run(known: Known, hostname: string, { family, hints }: LookupOptions): Promise<Found> {
    known.startedAt = this.#clock.now()
    return new Promise((resolve) => {
      this.#find(hostname, { all: true, family, hints }, (error, addresses) => {
        known.running = null
        if (error === null) Object.assign(known, { addresses, foundAt: this.#clock.now() })
        // any other error means that no name server answered, so the old addresses stay
        else if (GONE.has(error.code)) known.addresses = null
        resolve(error === null ? { addresses } : { error })
      })
    })
  }

  /**
   * Returns the new result if it arrives soon, else the old one: the addresses of a service rarely all change at once.
   */
  #hurried(known: Known, running: Promise<Found>, old: Addresses): Promise<Found> {
    const waitMs = known.startedAt + PATIENCE_MS - this.#clock.now()
    if (waitMs <= 0) return Promise.resolve({ addresses: old })
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => resolve({ addresses: old }), waitMs)
      void running.then((found) => {
        this.#clock.clearTimeout(timer)
        resolve('error' in found && known.addresses !== null ? { addresses: old } : found)
      })
    })
  }
}

/** Filters the result that the connection will use. A separate look-up for the check would allow DNS rebinding. */
function publicOf(found: Found): Found {
  if ('error' in found) return found
  const addresses = found.addresses.filter(({ address }) => !isPrivateAddress(address))
  return addresses.length === 0 ? { error: new AddressProhibited() } : { addresses }
}

function answer(found: Found, options: LookupOptions, callback: Parameters<LookupFunction>[2]): void {
  if ('error' in found) return callback(found.error, [])
  const [first] = found.addresses
  if (options.all === true || first === undefined) callback(null, [...found.addresses])
  else callback(null, first.address, first.family)
}
