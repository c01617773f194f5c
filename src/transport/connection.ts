import type net from 'node:net'
import { Client, type Dispatcher } from 'undici'
import type { Clock } from '../core/deadline.ts'
import type { Connecting, Connector } from './connect.ts'
import type { HttpProxy } from './proxy.ts'

/**
 * undici timeouts, longer than any of ours. Our timers end requests; these, which are coarse, only end requests that
 * were lost through a bug.
 */
const BACKSTOP_MS = 24 * 60 * 60 * 1000

/**
 * How long an idle connection stays open at most, in milliseconds, whatever the source's `Keep-Alive` header promises:
 * firewalls forget idle connections. undici's timer may be a second late.
 */
export const MAX_IDLE_MS = 58_000

/** By how much connections are renewed before their greatest age, so that those opened together are not all renewed at once. */
const AGE_SPREAD = 0.2

/** What requests have for a proxy that passes them on. */
export interface Forwarding {
  readonly origin: string
  /** Alternating names and values. */
  readonly headers: readonly string[]
}

/** Options of a connection. */
export interface ConnectionOptions {
  /** Scheme, host and port, as in `https://api.example:8443`. */
  readonly origin: string
  /** Null where no proxy reads the requests. */
  readonly forwarding: Forwarding | null
  /** Maximum size of the response headers, in bytes. */
  readonly maxHeaderBytes: number
  /** Age after which a connection takes no further requests, so that a changed address of the name is followed. */
  readonly maxConnectionAgeMs: number
  /** See MAX_IDLE_MS. */
  readonly maxIdleMs: number
  readonly clock: Clock
}

/** Null for https: a proxy does not see those requests. */
export function forwardingBy({ authorization }: HttpProxy, origin: string): Forwarding | null {
  if (!origin.startsWith('http:')) return null
  return { origin, headers: authorization === null ? [] : ['proxy-authorization', authorization] }
}

/**
 * The request with its whole URL and our credentials for the proxy. A `host` of another name is left out: it must be that of
 * the URL (RFC 9112, sections 3.2 and 3.2.2), and a proxy that believed it would send the request elsewhere.
 */
function forwarded(request: Dispatcher.DispatchOptions, { origin, headers }: Forwarding): Dispatcher.DispatchOptions {
  const own = request.headers as string[]
  const others = own.filter((_, at) => own[at - (at % 2)] !== 'host')
  return { ...request, path: origin + request.path, headers: [...others, ...headers] }
}

/**
 * An undici client for one attempt at a time, with at most one open socket. It is reused while its socket is open, and
 * discarded afterwards. So nothing queues inside undici, where an abort would not reach it (nodejs/undici#386).
 */
export class Connection {
  readonly #client: Client
  /** See `Line.onBytes`. */
  onBytes: ((piece: Buffer) => void) | null = null
  #socket: net.Socket | null = null
  #connecting: Connecting | null = null
  #sockets = 0
  readonly #clock: Clock
  readonly #lifeMs: number
  #renewAt = 0
  readonly #forwarding: Forwarding | null

  constructor(options: ConnectionOptions, connector: Connector, onLost: (connection: Connection) => void) {
    this.#clock = options.clock
    this.#forwarding = options.forwarding
    this.#lifeMs = options.maxConnectionAgeMs * (1 - AGE_SPREAD * Math.random())
    this.#client = new Client(options.origin, {
      allowH2: false,
      // never more than one request is sent at a time: with 1, undici would also make two turns of the event loop of each
      // answer, to tell that it can take the next one, and nobody listens for that
      pipelining: 2,
      headersTimeout: BACKSTOP_MS,
      bodyTimeout: BACKSTOP_MS,
      // undici rejects headers of exactly its limit
      maxHeaderSize: options.maxHeaderBytes + 1,
      keepAliveMaxTimeout: options.maxIdleMs,
      connect: (target, callback) => {
        this.#sockets += 1
        this.#renewAt = this.#clock.now() + this.#lifeMs
        this.#connecting = connector(target, (error, socket) => {
          this.#socket = socket
          callback(...([error, socket] as unknown as Parameters<typeof callback>))
        })
      },
    })
    this.#client.on('disconnect', () => onLost(this))
    // add this listener after undici's `readable` listener: a `data` listener that is added first would start the flow
    // and take the data from undici
    this.#client.on('connect', () => {
      this.#socket?.on('data', (piece: Buffer) => {
        // data outside of an exchange is unsolicited, and the parser would accept endless blank lines
        if (this.onBytes === null) this.#socket?.destroy()
        else this.onBytes(piece)
      })
    })
  }

  /** Whether a proxy reads its requests, and answers them itself where it cannot pass them on. */
  get isForwarded(): boolean {
    return this.#forwarding !== null
  }

  /** Whether its socket is open; false for a new connection, which has no socket yet. */
  get open(): boolean {
    return this.#socket !== null && !this.#socket.destroyed
  }

  /** Whether it can take another request: its socket is open, and not too old. */
  get fresh(): boolean {
    return this.open && this.#clock.now() < this.#renewAt
  }

  /** Number of sockets so far: undici replaces one that closed before a request was written to it. */
  get sockets(): number {
    return this.#sockets
  }

  /** Bytes that the current socket has received. */
  get received(): number {
    return this.#socket?.bytesRead ?? 0
  }

  /** Sends a request. The handler receives the response. */
  dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(this.#forwarding === null ? request : forwarded(request, this.#forwarding), handler)
  }

  /** Destroys the socket at once, in any state. The handler of a running request receives an error. */
  destroy(): void {
    this.#connecting?.destroy()
    this.#socket?.destroy()
    this.#client.destroy(() => {})
  }
}
