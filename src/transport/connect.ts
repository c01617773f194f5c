import net from 'node:net'
import tls from 'node:tls'
import { Dial, type DialCallback } from './dial.ts'
import { AddressProhibited, isPrivateLiteral, type Lookups } from './lookup.ts'
import { secureContextOf, type TlsOptions } from './tls.ts'

/** How connections are opened. */
export interface ConnectOptions {
  /** Name look-up, TCP and TLS together. */
  readonly connectTimeoutMs: number
  /** Whether connections to addresses that are not public are refused. */
  readonly denyPrivateAddresses: boolean
  /** Null where the system's authorities are enough, and no certificate is shown. */
  readonly tls: TlsOptions | null
  /** Path of the socket file that is connected to in place of the host; null for the host. */
  readonly unixSocket: string | null
  readonly lookups: Lookups
}

/** The part of undici's connector options that is used. */
export interface ConnectTarget {
  /** Host name or address; an IPv6 address may be in brackets, as in a URL. */
  readonly hostname: string
  readonly protocol: string
  readonly port: string
}

/** A connection that is being opened. */
export type Connecting = Pick<Dial, 'destroy'>

/** Opens a connection. The owner can destroy what it returns at any time. */
export type Connector = (target: ConnectTarget, callback: DialCallback) => Connecting

/**
 * Creates a connector with its own timer: the timer of undici can fire up to a second late, and its abort does not
 * reach a socket that is connecting. The TLS session is kept for resumption (RFC 8446, section 2.2), so one connector
 * serves only one origin with one certificate of ours.
 */
export function createConnector(options: ConnectOptions): Connector {
  const { connectTimeoutMs, denyPrivateAddresses, lookups, unixSocket } = options
  const lookup = denyPrivateAddresses ? lookups.publicLookup : lookups.lookup
  const own = ownTls(options.tls)
  let session: Buffer | undefined
  const open = (target: ConnectTarget, place: Place): net.Socket => {
    if (denyPrivateAddresses && isPrivateLiteral(place.host)) return refused()
    const socket =
      target.protocol === 'https:' ? openSecure(place, { ...nameOf(target), ...own, session }) : net.connect(place)
    if (socket instanceof tls.TLSSocket) {
      socket.on('session', (latest: Buffer) => {
        session = latest
      })
      // Node leaves a socket open that received an alert after the handshake, and undici would report its end instead
      socket.on('error', (error) => socket.destroy(error))
    }
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 60_000)
    return socket
  }
  return (target, callback) => {
    const ready = target.protocol === 'https:' ? 'secureConnect' : 'connect'
    const opened = (find: net.LookupFunction, address: string | null): net.Socket =>
      open(target, placeOf(target, { address, lookup: find, unixSocket }))
    return new Dial({ open: opened, lookup, ready, timeoutMs: connectTimeoutMs }, callback)
  }
}

/** Where to connect to, in the form of node:net and node:tls. A path wins over host and port. */
interface Place {
  readonly host: string
  readonly port: number
  readonly lookup: net.LookupFunction
  /** `Dial` tries the addresses of a name itself. */
  readonly autoSelectFamily: false
  readonly path?: string
}

interface Reached {
  readonly address: string | null
  readonly lookup: net.LookupFunction
  readonly unixSocket: string | null
}

function placeOf(target: ConnectTarget, { address, lookup, unixSocket }: Reached): Place {
  const port = Number(target.port || (target.protocol === 'https:' ? 443 : 80))
  const place = { host: address ?? hostOf(target), port, lookup, autoSelectFamily: false } as const
  return unixSocket === null ? place : { ...place, path: unixSocket }
}

function hostOf({ hostname }: ConnectTarget): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

/** An IP address is not allowed as a server name (RFC 6066, section 3). */
function nameOf(target: ConnectTarget): { readonly servername?: string } {
  const host = hostOf(target)
  return net.isIP(host) === 0 ? { servername: host } : {}
}

/** What TLS needs to know beside the place. */
interface Secure {
  readonly secureContext?: tls.SecureContext
  readonly servername?: string
  readonly session: Buffer | undefined
}

function ownTls(options: TlsOptions | null): Omit<Secure, 'session'> {
  if (options === null) return {}
  const { serverName } = options
  return { secureContext: secureContextOf(options), ...(serverName === null ? {} : { servername: serverName }) }
}

function openSecure(place: Place, { session, ...secure }: Secure): net.Socket {
  return tls.connect({
    ...place,
    ALPNProtocols: ['http/1.1'],
    ...secure,
    ...(session === undefined ? {} : { session }),
  })
}

/** A socket that fails with AddressProhibited. It is never connected, so that nothing is sent to the address. */
function refused(): net.Socket {
  return new net.Socket().destroy(new AddressProhibited())
}
