import type { LookupAddress } from 'node:dns'
import type { LookupFunction, Socket } from 'node:net'
import { systemClock, type Timer } from '../core/deadline.ts'

/** The connection was not established in time. The time includes name look-up, TCP, a proxy's answer and TLS. */
class ConnectTimeout extends Error {
  readonly code = 'TRIBUTARY_CONNECT_TIMEOUT'
}

/** How a connection is opened. */
export interface DialOptions {
  /** Opens a socket to an address, or, without one, to the host, whose addresses `lookup` finds. */
  readonly open: (lookup: LookupFunction, address: string | null) => Socket
  readonly lookup: LookupFunction
  /** Event of a socket that can be used. */
  readonly ready: 'connect' | 'secureConnect'
  readonly timeoutMs: number
  /** Makes the socket that is used of the one that is ready; null where that is the same. */
  readonly extend: Extend | null
}

/** Calls back once, within the time of the dial. Destroying the socket that is ready ends it. */
export type Extend = (ready: Socket, callback: DialCallback) => void

/** Called once, with an error or with a connected socket. */
export type DialCallback = (error: Error | null, socket: Socket | null) => void

/**
 * Opens one connection. A name with several addresses gets one attempt after the other, each begun a little after the
 * one before or when that fails, and the first that connects wins (RFC 8305). Node's own way gives each address but the
 * last a part of the time only, and its default of 250 ms is most of a connect timeout.
 */
export class Dial {
  readonly #options: DialOptions
  #callback: DialCallback | null
  readonly #sockets = new Set<Socket>()
  #others: readonly LookupAddress[] = []
  #next: Timer
  readonly #limit: Timer
  #firstError: Error | null = null

  constructor(options: DialOptions, callback: DialCallback) {
    this.#options = options
    this.#callback = callback
    this.#limit = systemClock.setTimeout(() => this.#settle(new ConnectTimeout(), null), options.timeoutMs)
    this.#try(null)
  }

  /** Gives up: destroys all sockets that are connecting. */
  destroy(): void {
    this.#settle(new Error('the socket was closed while connecting'), null)
  }

  readonly #lookup: LookupFunction = (hostname, options, callback) => {
    this.#options.lookup(hostname, { ...options, all: true }, (error, found) => {
      if (this.#callback === null) return
      const [first, ...others] = error === null ? alternating(found as readonly LookupAddress[]) : []
      if (first === undefined) return callback(error, [])
      this.#others = others
      this.#schedule()
      if (options.all === true) callback(null, [first])
      else callback(null, first.address, first.family)
    })
  }

  #try(address: string | null): void {
    const socket = this.#options.open(this.#lookup, address)
    this.#sockets.add(socket)
    // the listeners stay: without one for errors, a late error would end the process
    socket.on('connect', () => this.#keepOnly(socket))
    socket.on(this.#options.ready, () => this.#ready(socket))
    socket.on('error', (error) => this.#failed(socket, error))
    socket.on('close', () => this.#failed(socket, new Error('the socket was closed while connecting')))
  }

  #ready(socket: Socket): void {
    const { extend } = this.#options
    if (extend === null) return this.#settle(null, socket)
    extend(socket, (error, extended) => {
      // the extended socket closes the one below it
      if (extended !== null) this.#sockets.delete(socket)
      this.#settle(error, extended)
    })
  }

  #schedule(): void {
    systemClock.clearTimeout(this.#next)
    if (this.#others.length === 0) return
    this.#next = systemClock.setTimeout(() => this.#tryNext(), delayOf(this.#options.timeoutMs))
  }

  #tryNext(): void {
    const [next, ...others] = this.#others
    this.#others = others
    if (next !== undefined) this.#try(next.address)
    this.#schedule()
  }

  /** A TCP connection decides: TLS is not tried at several addresses. */
  #keepOnly(winner: Socket): void {
    this.#others = []
    systemClock.clearTimeout(this.#next)
    for (const socket of this.#sockets) if (socket !== winner) this.#drop(socket)
  }

  #failed(socket: Socket, error: Error): void {
    if (!this.#sockets.delete(socket)) return
    this.#firstError ??= error
    if (this.#others.length > 0) this.#tryNext()
    else if (this.#sockets.size === 0) this.#settle(this.#firstError, null)
  }

  #drop(socket: Socket): void {
    this.#sockets.delete(socket)
    socket.destroy()
  }

  #settle(error: Error | null, socket: Socket | null): void {
    const callback = this.#callback
    this.#callback = null
    this.#others = []
    systemClock.clearTimeout(this.#limit)
    systemClock.clearTimeout(this.#next)
    if (socket !== null) this.#sockets.delete(socket)
    for (const other of this.#sockets) this.#drop(other)
    callback?.(error, socket)
  }
}

/** Between 100 and 250 ms (RFC 8305, section 5), and so that the second address has most of a short timeout. */
function delayOf(timeoutMs: number): number {
  return Math.min(timeoutMs / 2, Math.max(100, Math.min(250, timeoutMs / 3)))
}

/** The addresses of both families by turns, the family of the first one first (RFC 8305, section 4). */
export function alternating(found: readonly LookupAddress[]): readonly LookupAddress[] {
  const [first] = found
  const same = found.filter(({ family }) => family === first?.family)
  const other = found.filter(({ family }) => family !== first?.family)
  const turns = Math.max(same.length, other.length)
  return Array.from({ length: turns }, (_, turn) => [same[turn], other[turn]])
    .flat()
    .filter((address) => address !== undefined)
}
