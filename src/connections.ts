import type http from 'node:http'
import net, { type Socket } from 'node:net'

/** What a connection of a client's is doing. */
interface Use {
  /** Answers asked for and not yet handed to the kernel. */
  pending: number
  /** Of those, answers whose request has not arrived in full. */
  arriving: number
  /** Bytes taken in when it last turned idle. */
  readBefore: number
}

/** A client in the middle of a request has so long to end it once we close. */
const HALF_SENT_MS = 1000
const SWEEP_MS = 50

/**
 * Watches a server's connections, to close each at the right moment. Node's own `closeIdleConnections` counts one as
 * idle while its answer still waits to be sent, and cuts it short; and one that never asked anything it does not see.
 */
export class Connections {
  readonly #server: http.Server
  readonly #uses = new Map<Socket, Use>()

  constructor(server: http.Server) {
    this.#server = server
    server.on('connection', (socket) => this.#add(socket))
    server.on('request', (request, response) => this.#asked(request, response))
  }

  /** Whether an answer to an earlier request of this connection is still to come, or on its way. */
  isAnswering(socket: Socket): boolean {
    const { pending, arriving } = this.#uses.get(socket) ?? { pending: 0, arriving: 0 }
    return pending > arriving
  }

  /**
   * Stops listening and resolves when every answer is out: to true, or after `timeoutMs` to false, what is left then
   * being cut off.
   */
  async close(timeoutMs: number): Promise<boolean> {
    const startedAt = performance.now()
    // not http's close: it begins with closeIdleConnections
    const closed = new Promise<true>((resolve) => net.Server.prototype.close.call(this.#server, () => resolve(true)))
    const sweep = setInterval(() => this.#sweep(performance.now() - startedAt > HALF_SENT_MS), SWEEP_MS)
    let timer: NodeJS.Timeout | undefined
    const overdue = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs)
    })
    const complete = await Promise.race([closed, overdue])
    clearInterval(sweep)
    clearTimeout(timer)
    for (const socket of this.#uses.keys()) socket.destroy()
    // what http's own close does besides: its interval that looks for slow requests ends
    this.#server.close(() => {})
    return complete
  }

  #add(socket: Socket): void {
    this.#uses.set(socket, { pending: 0, arriving: 0, readBefore: 0 })
    socket.once('close', () => this.#uses.delete(socket))
  }

  #asked(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { socket } = request
    const use = this.#uses.get(socket)
    if (use === undefined) return
    use.pending += 1
    if (!request.complete) {
      use.arriving += 1
      request.once('end', () => {
        use.arriving -= 1
      })
    }
    response.once('close', () => {
      use.pending -= 1
      use.readBefore = socket.bytesRead
    })
  }

  /** Closes what is idle; with `all`, what is still in the middle of sending a request too. */
  #sweep(all: boolean): void {
    for (const [socket, use] of this.#uses) {
      const idle = use.pending === 0 && (all || socket.bytesRead === use.readBefore)
      const stuck = all && use.pending > 0 && use.pending === use.arriving
      if (idle || stuck) socket.destroySoon()
    }
  }
}
