import { once } from 'node:events'
import type http from 'node:http'
import net, { type Socket } from 'node:net'
import { Pipeline } from './pipeline.ts'

export interface ConnectionsOptions {
  /** Works on a request. */
  readonly serve: (request: http.IncomingMessage, response: http.ServerResponse) => void
  /** How many requests may be arriving at once. Above it the one that has been arriving for the longest is refused. */
  readonly maxArriving: number
  /** Refuses a request that takes too long to arrive, and ends its connection. */
  readonly refuseSlow: (socket: Socket) => void
}

/** Once we close, a client in the middle of a request may go on with it as long as something comes this often. */
const STALLED_MS = 1000
const SWEEP_MS = 50

/**
 * Watches a server's connections, to work on one request of each at a time, and to close each at the right moment. Node's
 * own `closeIdleConnections` counts one as idle while its answer still waits to be sent, and cuts it short; and one that
 * never asked anything it does not see.
 */
export class Connections {
  readonly #server: http.Server
  readonly #options: ConnectionsOptions
  readonly #pipelines = new Map<Socket, Pipeline>()
  /** Those whose request is arriving, the longest first. */
  readonly #arriving = new Set<Pipeline>()

  constructor(server: http.Server, options: ConnectionsOptions) {
    this.#server = server
    this.#options = options
    server.on('connection', (socket) => this.#add(socket))
    server.on('request', (request, response) => this.#of(request.socket)?.accept(request, response))
  }

  /** Called when a client sends bytes that are no valid request. Calls `refuse` once everything before it is answered. */
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
   * Stops listening and resolves when every answer is out, or after `timeoutMs`: to the requests whose answers were cut
   * off then.
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
    // what http's own close does besides: its interval that looks for slow requests ends
    this.#server.close(() => {})
    return cut
  }

  /** Resolves when whoever works on an answer has heard that its connection is gone. */
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

  /** Above the bound, refuses the request that has been arriving for the longest: one of 64 KiB takes milliseconds. */
  #startArriving(pipeline: Pipeline): void {
    this.#arriving.add(pipeline)
    if (this.#arriving.size <= this.#options.maxArriving) return
    for (const longest of this.#arriving) {
      this.#arriving.delete(longest)
      // one that is complete, but not read to its end yet, gets its answer
      if (longest.arriving) return longest.fail(() => this.#options.refuseSlow(longest.socket))
    }
  }

  /** Closes what is idle, and a request that has stopped to arrive. */
  #sweep(stalled: Stalled): void {
    for (const [socket, pipeline] of this.#pipelines) {
      if (pipeline.arriving ? stalled.has(socket) : isOver(pipeline, stalled.sinceMs)) socket.destroySoon()
    }
  }
}

/** A client that has just connected, or has just got an answer, may be sending already. */
function isOver(pipeline: Pipeline, sinceMs: number): boolean {
  return sinceMs > STALLED_MS ? pipeline.idle : pipeline.silent
}

/** Watches the requests that are still arriving when we close. */
class Stalled {
  readonly #startedAt = performance.now()
  readonly #seen = new Map<Socket, { readonly bytes: number; readonly at: number }>()

  /** Milliseconds since we began to close. */
  get sinceMs(): number {
    return performance.now() - this.#startedAt
  }

  /** Whether nothing more came for too long. */
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
