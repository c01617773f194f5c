import net from 'node:net'
import tls from 'node:tls'
import { systemClock } from '../core/deadline.ts'
import { AddressProhibited, isPrivateLiteral, type Lookups } from './lookup.ts'

/** A connection could not be had in the time that is allowed for it: name look-up, TCP and TLS together. */
class ConnectTimeout extends Error {
  readonly code = 'TRIBUTARY_CONNECT_TIMEOUT'
}

export interface ConnectOptions {
  /** Name look-up, TCP and TLS together. */
  readonly connectTimeoutMs: number
  readonly denyPrivateAddresses: boolean
  readonly lookups: Lookups
}

/** What undici asks its connector for; the part of it that is used. */
export interface ConnectTarget {
  /** An IPv6 address may stand in brackets, as in a URL. */
  readonly hostname: string
  readonly protocol: string
  readonly port: string
}

export type ConnectCallback = (error: Error | null, socket: net.Socket | null) => void

/** Opens a socket and returns it while it still connects, so that its owner can destroy it at any time. */
export type Connector = (target: ConnectTarget, callback: ConnectCallback) => net.Socket

/**
 * A connector with a timer of its own: undici's fires up to a second late, and an abort does not reach a socket that is
 * still connecting. TLS sessions are kept for resumption (RFC 8446, section 2.2); one connector serves one origin.
 */
export function createConnector({ connectTimeoutMs, denyPrivateAddresses, lookups }: ConnectOptions): Connector {
  const lookup = denyPrivateAddresses ? lookups.publicLookup : lookups.lookup
  let session: Buffer | undefined
  return (target, callback) => {
    const secure = target.protocol === 'https:'
    const place = placeOf(target, lookup)
    const socket = denyPrivateAddresses && isPrivateLiteral(place.host) ? refused() : open(place, secure, session)
    if (secure)
      socket.on('session', (latest: Buffer) => {
        session = latest
      })
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 60_000)
    settleOnce(socket, secure ? 'secureConnect' : 'connect', connectTimeoutMs, callback)
    return socket
  }
}

/** Where to connect to, as node:net and node:tls want it. */
interface Place {
  readonly host: string
  readonly port: number
  readonly lookup: net.LookupFunction
}

function placeOf({ hostname, protocol, port }: ConnectTarget, lookup: net.LookupFunction): Place {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return { host, port: Number(port || (protocol === 'https:' ? 443 : 80)), lookup }
}

function open(place: Place, secure: boolean, session: Buffer | undefined): net.Socket {
  if (!secure) return net.connect(place)
  return tls.connect({
    ...place,
    ALPNProtocols: ['http/1.1'],
    // RFC 6066, section 3: an address is no server name
    ...(net.isIP(place.host) === 0 ? { servername: place.host } : {}),
    ...(session === undefined ? {} : { session }),
  })
}

/** A socket that never had a connection, and says why as one that lost it does. */
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
    // undici listens for errors only on sockets that it was given
    socket.on('error', () => {})
    callback(error, null)
  }
  const closed = (): void => broken(new Error('the socket was closed while connecting'))
  socket.on(ready, connected).on('error', broken).on('close', closed)
}
