import net from 'node:net'
import tls from 'node:tls'
import { systemClock } from '../core/deadline.ts'
import { AddressProhibited, isPrivateLiteral, type Lookups } from './lookup.ts'
import { secureContextOf, type TlsOptions } from './tls.ts'

/** The connection was not established in time. The time includes name look-up, TCP and TLS. */
class ConnectTimeout extends Error {
  readonly code = 'TRIBUTARY_CONNECT_TIMEOUT'
}

/** How connections are opened. */
export interface ConnectOptions {
  /** Name look-up, TCP and TLS together. */
  readonly connectTimeoutMs: number
  /** Whether connections to addresses that are not public are refused. */
  readonly denyPrivateAddresses: boolean
  /** Null where the system's authorities are enough, and no certificate is shown. */
  readonly tls: TlsOptions | null
  readonly lookups: Lookups
}

/** The part of undici's connector options that is used. */
export interface ConnectTarget {
  /** Host name or address; an IPv6 address may be in brackets, as in a URL. */
  readonly hostname: string
  readonly protocol: string
  readonly port: string
}

/** Called once, with an error or with a connected socket. */
export type ConnectCallback = (error: Error | null, socket: net.Socket | null) => void

/** Opens a socket. Returns it before it is connected, so that the owner can destroy it at any time. */
export type Connector = (target: ConnectTarget, callback: ConnectCallback) => net.Socket

/**
 * Creates a connector with its own timer: the timer of undici can fire up to a second late, and its abort does not
 * reach a socket that is connecting. The TLS session is kept for resumption (RFC 8446, section 2.2), so one connector
 * serves only one origin with one certificate of ours.
 */
export function createConnector(options: ConnectOptions): Connector {
  const { connectTimeoutMs, denyPrivateAddresses, lookups } = options
  const lookup = denyPrivateAddresses ? lookups.publicLookup : lookups.lookup
  const own = ownTls(options.tls)
  let session: Buffer | undefined
  return (target, callback) => {
    const secure = target.protocol === 'https:'
    const place = placeOf(target, lookup)
    const socket =
      denyPrivateAddresses && isPrivateLiteral(place.host)
        ? refused()
        : open(place, secure ? { ...own, session } : null)
    if (secure) {
      socket.on('session', (latest: Buffer) => {
        session = latest
      })
      // Node leaves a socket open that received an alert after the handshake, and undici would report its end instead
      socket.on('error', (error) => socket.destroy(error))
    }
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 60_000)
    settleOnce(socket, secure ? 'secureConnect' : 'connect', connectTimeoutMs, callback)
    return socket
  }
}

/** Target in the form of node:net and node:tls. */
interface Place {
  readonly host: string
  readonly port: number
  readonly lookup: net.LookupFunction
}

function placeOf({ hostname, protocol, port }: ConnectTarget, lookup: net.LookupFunction): Place {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return { host, port: Number(port || (protocol === 'https:' ? 443 : 80)), lookup }
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

function open(place: Place, secure: Secure | null): net.Socket {
  if (secure === null) return net.connect(place)
  return tls.connect({
    ...place,
    ALPNProtocols: ['http/1.1'],
    // an IP address is not allowed as a server name (RFC 6066, section 3)
    ...(net.isIP(place.host) === 0 ? { servername: place.host } : {}),
    ...secure,
  } as tls.ConnectionOptions)
}

/** A socket that fails with AddressProhibited. It is never connected, so that nothing is sent to the address. */
function refused(): net.Socket {
  return new net.Socket().destroy(new AddressProhibited())
}

function settleOnce(socket: net.Socket, ready: string, timeoutMs: number, callback: ConnectCallback): void {
  const timer = systemClock.setTimeout(() => socket.destroy(new ConnectTimeout()), timeoutMs)
  const stop = (): void => {
    systemClock.clearTimeout(timer)
    socket.off(ready, connected).off('error', broken).off('close', closed)
  }
  const connected = (): void => {
    stop()
    callback(null, socket)
  }
  const broken = (error: Error): void => {
    stop()
    // undici handles errors only of sockets that it received; without a listener a late error would end the process
    socket.on('error', () => {})
    callback(error, null)
  }
  const closed = (): void => broken(new Error('the socket was closed while connecting'))
  socket.on(ready, connected).on('error', broken).on('close', closed)
}
