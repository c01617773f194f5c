import type { LookupAddress } from 'node:dns'
import { lookup as systemLookup } from 'node:dns'
import net, { type LookupFunction } from 'node:net'
import type { Clock } from '../core/deadline.ts'
import { isPrivateAddress } from './address.ts'

/** The only addresses of a host are ones that may not be called. */
export class AddressProhibited extends Error {
  readonly code = 'TRIBUTARY_ADDRESS_PROHIBITED'
}

/** Whether a host is itself an address that may not be called: for one, Node looks nothing up. */
export function isPrivateLiteral(hostname: string): boolean {
  return net.isIP(hostname) !== 0 && isPrivateAddress(hostname)
}

/** All addresses of a name, as `dns.lookup` finds them: the hosts file, then the name servers. */
export type FindAddresses = (
  hostname: string,
  options: { readonly all: true; readonly family?: LookupOptions['family']; readonly hints?: number | undefined },
  callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void

type LookupOptions = Parameters<LookupFunction>[1]
type Addresses = readonly LookupAddress[]

const findBySystem = systemLookup as unknown as FindAddresses

/** How long what was found counts as new, and is not asked for again. */
const FRESH_MS = 5_000
/** How long a new look-up is waited for where an older answer is at hand. */
const PATIENCE_MS = 100

/** The name does not exist, or has no address any more. */
const GONE: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NODATA'])

/** What is known of one name. */
interface Known {
  /** The last answer that was any good. */
  addresses: Addresses | null
  foundAt: number
  /** The look-up that is under way; it never rejects. */
  running: Promise<Found> | null
  startedAt: number
}

type Found = { readonly addresses: Addresses } | { readonly error: NodeJS.ErrnoException }

/**
 * Looks names up, one look-up a name at a time for all that want it.
 *
 * `getaddrinfo` runs on libuv's threads, of which half may do look-ups, and one whose name server is silent holds its
 * thread for up to 40 seconds (resolv.conf: two attempts of 5 s for each server and search domain), even after its caller has
 * given up. With a look-up for each connection a single such name takes all threads, and no other name is found any more.
 */
export class Lookups {
  readonly #clock: Clock
  readonly #find: FindAddresses
  readonly #known = new Map<string, Known>()

  constructor(clock: Clock, find: FindAddresses = findBySystem) {
    this.#clock = clock
    this.#find = find
  }

  /** For `lookup` of `net.connect`. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    void this.#addresses(hostname, options).then((found) => answer(found, options, callback))
  }

  /** The same, without addresses that may not be called. */
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
        // any other error says that nobody could be asked
        else if (GONE.has(error.code)) known.addresses = null
        resolve(error === null ? { addresses } : { error })
      })
    })
  }

  /** The new answer if it comes soon, else the old one: the addresses of a service seldom change all at once. */
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

/**
 * The addresses that may be called. The connection is made to what comes of this very look-up, so that an answer that
 * changes meanwhile (DNS rebinding) gains nothing.
 */
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
