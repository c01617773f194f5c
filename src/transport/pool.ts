import type net from 'node:net'
import { Client, type Dispatcher } from 'undici'
import { type ConnectOptions, type Connector, createConnector } from './connect.ts'

/** Above every timeout of ours, which the library's coarse timers cannot stand in for. They only end what we lost track of. */
const BACKSTOP_MS = 24 * 60 * 60 * 1000

export interface PoolOptions extends ConnectOptions {
  /** Scheme, host and port, as in `https://api.example:8443`. */
  readonly origin: string
  readonly maxHeaderBytes: number
}

/**
 * One undici client with at most one socket, ever: it is made for one attempt, kept while its socket lives, and dropped
 * with it. So nothing queues inside undici, where an abort would not reach it (nodejs/undici#386).
 */
export class Connection {
  readonly #client: Client
  /** See `Line.onBytes`. */
  onBytes: ((piece: Buffer) => void) | null = null
  #socket: net.Socket | null = null
  #sockets = 0

  constructor(options: PoolOptions, connector: Connector, onLost: (connection: Connection) => void) {
    this.#client = new Client(options.origin, {
      allowH2: false,
      pipelining: 1,
      headersTimeout: BACKSTOP_MS,
      bodyTimeout: BACKSTOP_MS,
      // undici refuses what reaches its bound, not what passes it
      maxHeaderSize: options.maxHeaderBytes + 1,
      connect: (target, callback) => {
        this.#sockets += 1
        this.#socket = connector(target, callback as never)
      },
    })
    this.#client.on('disconnect', () => onLost(this))
    // undici reads by `readable`: a `data` listener that came before would start the flow and take the data from it
    this.#client.on('connect', () => {
      this.#socket?.on('data', (piece: Buffer) => {
        // nobody asked for what comes behind an answer, and the parser would read blank lines without end
        if (this.onBytes === null) this.#socket?.destroy()
        else this.onBytes(piece)
      })
    })
  }

  /** Whether its socket can take a request; a new one has none yet. */
  get open(): boolean {
    return this.#socket !== null && !this.#socket.destroyed
  }

  /** How many sockets it has had, one after the other: undici replaces one that died before a request was written to it. */
  get sockets(): number {
    return this.#sockets
  }

  /** Bytes that its socket has taken in, ever. */
  get received(): number {
    return this.#socket?.bytesRead ?? 0
  }

  dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(request, handler)
  }

  /** Frees the socket now, in whatever state it is. The handler of a running request hears of it. */
  destroy(): void {
    this.#socket?.destroy()
    this.#client.destroy(() => {})
  }
}

/** The connections to one origin: those that are idle, the latest used first, since the others may time out in peace. */
export class Pool {
  readonly #options: PoolOptions
  readonly #connector: Connector
  readonly #all = new Set<Connection>()
  readonly #idle: Connection[] = []
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#connector = createConnector(options)
  }

  /** Whether it is closed, and must make no connection any more. */
  get closed(): boolean {
    return this.#closed
  }

  /** How many connections there are, idle or in use. */
  get size(): number {
    return this.#all.size
  }

  /** A connection for one request: an idle one, else a new one. How many there may be is the bulkhead's business. */
  acquire(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.open) return idle
      this.discard(idle)
    }
    return this.open()
  }

  /** A new connection. */
  open(): Connection {
    const connection = new Connection(this.#options, this.#connector, (lost) => this.#lost(lost))
    this.#all.add(connection)
    return connection
  }

  /** Takes back a connection whose response was read to its end. */
  release(connection: Connection): void {
    if (this.#all.has(connection)) this.#idle.push(connection)
  }

  /** Ends a connection that cannot be used again. */
  discard(connection: Connection): void {
    if (!this.#all.delete(connection)) return
    const place = this.#idle.indexOf(connection)
    if (place !== -1) this.#idle.splice(place, 1)
    connection.destroy()
  }

  /**
   * An idle connection that lost its socket is of no use. One in use is left alone: either its exchange is told, or the
   * request was not yet written, and undici opens another socket for it.
   */
  #lost(connection: Connection): void {
    if (this.#idle.includes(connection)) this.discard(connection)
  }

  /** Ends every connection, for good. */
  close(): void {
    this.#closed = true
    for (const connection of this.#all) this.discard(connection)
  }
}
