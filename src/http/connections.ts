import { once } from 'node:events'
import type http from 'node:http'
import net, { type Socket } from 'node:net'
import { Pipeline } from './pipeline.ts'

export interface ConnectionsOptions {
  /** Handles a request. */
  readonly serve: (request: http.IncomingMessage, response: http.ServerResponse) => void
  /** Refuses a request that takes too long to arrive, and ends its connection. */
  readonly refuseSlow: (socket: Socket) => void
}

/** During shutdown, a client may go on sending its request if bytes arrive at least this often. */
const STALLED_MS = 1000
const SWEEP_MS = 50

/**
 * The connections of a server. Handles one request per connection at a time, and closes connections when they are idle.
 * Node's own `closeIdleConnections` counts a connection as idle while its answer is still being sent, and truncates the
 * answer; it does not close connections on which no request was ever sent.
 */
export class Connections {
  /** The most requests that may be arriving at once. Above it, the one that started first is refused. */
  maxArriving = Number.POSITIVE_INFINITY
  readonly #server: http.Server
  readonly #options: ConnectionsOptions
  readonly #pipelines = new Map<Socket, Pipeline>()
  /** Connections whose request is still arriving, the oldest request first. */
  readonly #arriving = new Set<Pipeline>()

  constructor(server: http.Server, options: ConnectionsOptions) {
    this.#server = server
    this.#options = options
    server.on('connection', (socket) => this.#add(socket))
    server.on('request', (request, response) => this.#of(request.socket)?.accept(request, response))
  }

  /** Called when a client sends an invalid request. Calls `refuse` once all earlier requests are answered. */
  fail(socket: Socket, refuse: () => void): void {
    const pipeline = this.#of(socket)
    if (pipeline === undefined) refuse()
    else pipeline.fail(refuse)
  }

  /** Called when a request did not arrive in the time that Node allows. */
  timeOut(socket: Socket, refuse: () => void): void {
    const pipeline = this.#of(socket)
    if (pipeline === undefined) refuse()
    else pipeline.timeOut(refuse)
  }

  /**
   * Stops listening. Resolves when every answer is sent, or after `timeoutMs`, to the requests whose answers were cut
   * off.
   */
  async close(timeoutMs: number): Promise<readonly http.IncomingMessage[]> {
    const stalled = new Stalled()
    // not http's close: it begins with closeIdleConnections
    const closed = new Promise<void>((resolve) => net.Server.prototype.close.call(this.#server, () => resolve()))
    const sweep = setInterval(() => this.#sweep(stalled), SWEEP_MS)
    let timer: NodeJS.Timeout | undefined
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    await Promise.race([closed, overdue])
    clearInterval(sweep)
    clearTimeout(timer)
    const cut = [...this.#pipelines.values()].flatMap(({ socket, answering, halfSent }) =>
      socket.destroyed ? [] : (answering ?? halfSent ?? []),
    )
    await this.#destroyAll()
    // http's own close also ends the interval that checks for slow requests
    this.#server.close(() => {})
    return cut
  }

  /** Destroys all connections. Resolves after their `close` events, so that request handlers know of it. */
  async #destroyAll(): Promise<void> {
    await Promise.all(
      [...this.#pipelines.keys()].map((socket) => {
        const gone = once(socket, 'close')
        socket.destroy()
        return gone
      }),
    )
  }

  #of(socket: Socket): Pipeline | undefined {
    return this.#pipelines.get(socket)
  }

  #add(socket: Socket): void {
    const pipeline = new Pipeline(socket, {
      serve: this.#options.serve,
      onArriving: (one) => this.#startArriving(one),
      onArrived: (one) => this.#arriving.delete(one),
    })
    this.#pipelines.set(socket, pipeline)
    socket.once('close', () => {
      this.#pipelines.delete(socket)
      this.#arriving.delete(pipeline)
    })
  }

  /** Above the limit, refuses the request that has been arriving for longest. A normal one arrives in milliseconds. */
  #startArriving(pipeline: Pipeline): void {
    this.#arriving.add(pipeline)
    if (this.#arriving.size <= this.maxArriving) return
    for (const longest of this.#arriving) {
      this.#arriving.delete(longest)
      // a request that has arrived in full, but was not read to its end yet, gets its answer
      if (longest.arriving) return longest.fail(() => this.#options.refuseSlow(longest.socket))
    }
  }

  /** Closes idle connections, and those whose request has stalled. */
  #sweep(stalled: Stalled): void {
    for (const [socket, pipeline] of this.#pipelines) {
      if (pipeline.arriving ? stalled.has(socket) : isOver(pipeline, stalled.sinceMs)) socket.destroySoon()
    }
  }
}

/** Whether to close a connection. For STALLED_MS, keep one on which bytes arrived: they may be half a request. */
function isOver(pipeline: Pipeline, sinceMs: number): boolean {
  return sinceMs > STALLED_MS ? pipeline.idle : pipeline.silent
}

/** Detects requests that stall during shutdown. */
class Stalled {
  readonly #startedAt = performance.now()
  readonly #seen = new Map<Socket, { readonly bytes: number; readonly at: number }>()

  /** Milliseconds since the shutdown began. */
  get sinceMs(): number {
    return performance.now() - this.#startedAt
  }

  /** Whether no bytes arrived on this connection for STALLED_MS. */
  has(socket: Socket): boolean {
    const now = performance.now()
    const seen = this.#seen.get(socket)
    if (seen === undefined || seen.bytes !== socket.bytesRead) {
      this.#seen.set(socket, { bytes: socket.bytesRead, at: now })
      return false
    }
    return now - seen.at > STALLED_MS
  }
}
