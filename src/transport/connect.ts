import net from 'node:net'
import tls from 'node:tls'
import { Dial, type DialCallback, type Extend } from './dial.ts'
import { AddressProhibited, isPrivateLiteral, type Lookups } from './lookup.ts'
import type { HttpProxy } from './proxy.ts'
import { secureContextOf, type TlsOptions } from './tls.ts'
import { openTunnel } from './tunnel.ts'

/** How connections are opened. */
export interface ConnectOptions {
  /** Name look-up, TCP, the proxy's answer and TLS together. */
  readonly connectTimeoutMs: number
  /** Whether connections to addresses that are not public are refused. */
  readonly denyPrivateAddresses: boolean
  /** Null where the system's authorities are enough, and no certificate is shown. */
  readonly tls: TlsOptions | null
  /** Path of the socket file that is connected to in place of the host; null for the host. */
  readonly unixSocket: string | null
  /** The proxy between us and the host, whose name is not looked up then; null for none. */
  readonly proxy: HttpProxy | null
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
  const { connectTimeoutMs, denyPrivateAddresses, lookups, unixSocket, proxy } = options
  const lookup = denyPrivateAddresses ? lookups.publicLookup : lookups.lookup
  const secureSource = securing(ownTls(options.tls))
  const secureProxy = securing({})
  const open = (peer: ConnectTarget, place: Place): net.Socket => {
    if (denyPrivateAddresses && isPrivateLiteral(place.host)) return refused()
    const secure = proxy === null ? secureSource : secureProxy
    const socket = peer.protocol === 'https:' ? secure(peer, place) : net.connect(place)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 60_000)
    return socket
  }
  return (target, callback) => {
    const peer = proxy === null ? target : peerOf(proxy)
    const ready = peer.protocol === 'https:' ? 'secureConnect' : 'connect'
    const opened = (find: net.LookupFunction, address: string | null): net.Socket =>
      open(peer, placeOf(peer, { address, lookup: find, unixSocket }))
    const extend = proxy !== null && target.protocol === 'https:' ? tunnelTo(target, proxy, secureSource) : null
    return new Dial({ open: opened, lookup, ready, timeoutMs: connectTimeoutMs, extend }, callback)
  }
}

/** Opens a tunnel through a proxy, and TLS with the source in it. */
function tunnelTo(target: ConnectTarget, { authorization }: HttpProxy, secure: Securing): Extend {
  const host = hostOf(target)
  const authority = `${net.isIPv6(host) ? `[${host}]` : host}:${portOf(target)}`
  return (socket, callback) => {
    openTunnel(socket, { authority, authorization }, (error) => {
      if (error !== null) return callback(error, null)
      const secured = secure(target, { socket })
      // the listeners stay: without one for errors, a late error would end the process
      secured.on('error', (failed) => callback(failed, null))
      secured.on('secureConnect', () => callback(null, secured))
    })
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
  const place = { host: address ?? hostOf(target), port: portOf(target), lookup, autoSelectFamily: false } as const
  return unixSocket === null ? place : { ...place, path: unixSocket }
}

function peerOf({ host, port, tls }: HttpProxy): ConnectTarget {
  return { protocol: tls ? 'https:' : 'http:', hostname: host, port: String(port) }
}

function portOf({ port, protocol }: ConnectTarget): number {
  return Number(port || (protocol === 'https:' ? 443 : 80))
}

function hostOf({ hostname }: ConnectTarget): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

/** An IP address is not allowed as a server name (RFC 6066, section 3). */
function nameOf(target: ConnectTarget): { readonly servername?: string } {
  const host = hostOf(target)
  return net.isIP(host) === 0 ? { servername: host } : {}
}

/** What is special about TLS with a peer. */
interface OwnTls {
  readonly secureContext?: tls.SecureContext
  readonly servername?: string
}

function ownTls(options: TlsOptions | null): OwnTls {
  if (options === null) return {}
  const { serverName } = options
  return { secureContext: secureContextOf(options), ...(serverName === null ? {} : { servername: serverName }) }
}

/** Begins TLS with a peer, at a place or on a socket that is connected to it. */
type Securing = (peer: ConnectTarget, at: Place | { readonly socket: net.Socket }) => tls.TLSSocket

/** Returns what begins TLS with one peer, whose sessions are kept. */
function securing(own: OwnTls): Securing {
  let session: Buffer | undefined
  return (peer, at) => {
    const socket = tls.connect({
      // without it, Node would verify the name of the proxy that `socket` is connected to
      host: hostOf(peer),
      ...at,
      ALPNProtocols: ['http/1.1'],
      ...nameOf(peer),
      ...own,
      ...(session === undefined ? {} : { session }),
    })
    socket.on('session', (latest: Buffer) => {
      session = latest
    })
    // Node leaves a socket open that received an alert after the handshake, and undici would report its end instead
    socket.on('error', (error) => socket.destroy(error))
    return socket
  }
}

/** A socket that fails with AddressProhibited. It is never connected, so that nothing is sent to the address. */
function refused(): net.Socket {
  return new net.Socket().destroy(new AddressProhibited())
}
