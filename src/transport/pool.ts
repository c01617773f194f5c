import { type ConnectOptions, type Connector, createConnector } from './connect.ts'
import { Connection, type ConnectionOptions, forwardingBy } from './connection.ts'
import { type ProxyOptions, proxyFor } from './proxy.ts'

/** Options of a pool. */
export interface PoolOptions extends Omit<ConnectOptions, 'proxy'>, Omit<ConnectionOptions, 'forwarding'> {
  /** Which proxies are used, depending on the origin; null for none. */
  readonly proxy: ProxyOptions | null
}

/**
 * The connections to one origin. The most recently used idle connection is taken first, so that the others can reach
 * their idle timeout.
 */
export class Pool {
  readonly #options: ConnectionOptions
  readonly #connector: Connector
  readonly #all = new Set<Connection>()
  readonly #idle: Connection[] = []
  #closed = false

  constructor(options: PoolOptions) {
    const proxy = proxyFor(options.proxy, options.origin)
    this.#options = { ...options, forwarding: proxy === null ? null : forwardingBy(proxy, options.origin) }
    this.#connector = createConnector({ ...options, proxy })
  }

  get origin(): string {
    return this.#options.origin
  }

  /** Whether it is closed. It opens no connections then. */
  get closed(): boolean {
    return this.#closed
  }

  /** How many connections there are, idle or in use. */
  get size(): number {
    return this.#all.size
  }

  /**
   * Returns a connection for one request: an idle one, else a new one. The number is not limited here; the bulkhead
   * does that.
   */
  acquire(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.fresh) return idle
      this.discard(idle)
    }
    return this.open()
  }

  /** Opens a new connection, even if there are idle ones. */
  open(): Connection {
    const connection = new Connection(this.#options, this.#connector, (lost) => this.#lost(lost))
    this.#all.add(connection)
    return connection
  }

  /** Returns a connection whose response was read completely. */
  release(connection: Connection): void {
    if (!connection.fresh) this.discard(connection)
    else if (this.#all.has(connection)) this.#idle.push(connection)
  }

  /** Destroys a connection that cannot be reused. */
  discard(connection: Connection): void {
    if (!this.#all.delete(connection)) return
    const place = this.#idle.indexOf(connection)
    if (place !== -1) this.#idle.splice(place, 1)
    connection.destroy()
  }

  /**
   * Discards an idle connection whose socket closed. A connection in use is kept: its exchange receives an error, or
   * the request was not written yet and undici opens another socket for it.
   */
  #lost(connection: Connection): void {
    if (this.#idle.includes(connection)) this.discard(connection)
  }

  /** Destroys all connections, permanently. */
  close(): void {
    this.#closed = true
    for (const connection of this.#all) this.discard(connection)
  }
}
