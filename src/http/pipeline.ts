import type http from 'node:http'
import type { Socket } from 'node:net'

/** A client's request with the response that it gets. */
export interface Inbound {
  readonly request: http.IncomingMessage
  readonly response: http.ServerResponse
}

export interface PipelineHooks {
  /** Handles a request. Called once for each, after the answer to the one before it has ended. */
  readonly serve: (request: http.IncomingMessage, response: http.ServerResponse) => void
  /** Called when a request is handled whose body has not arrived yet. */
  readonly onArriving: (pipeline: Pipeline) => void
  /** Called, once or more, when that body has been read, or the answer has ended without it. */
  readonly onArrived: (pipeline: Pipeline) => void
}

/** With this many requests waiting, reading from the connection pauses until some are answered. */
const MAX_READ_AHEAD = 16
/** With more requests waiting, the connection is closed: real clients do not pipeline so many. */
export const MAX_WAITING = 256
/** The time that a client has to finish a request that could not arrive because reading was paused. */
const GRACE_MS = 5_000

/**
 * Handles the requests of one connection one at a time (RFC 9112, section 9.3.2: pipelining). Node parses all requests
 * of one read, possibly thousands, and would handle all of them at once. Here the next one starts in a later turn of
 * the event loop, after the answer before it was handed to the kernel: for a client that does not read its answers, no
 * more requests are handled.
 */
export class Pipeline {
  readonly socket: Socket
  readonly #hooks: PipelineHooks
  readonly #waiting: Inbound[] = []
  #active: Inbound | null = null
  /** Refuses the last request and ends the connection; called once all earlier requests are answered. */
  #refusal: (() => void) | null = null
  /** Set if Node's request timeout passed while earlier requests were waiting for their answers. */
  #timedOut: (() => void) | null = null
  #grace: NodeJS.Timeout | undefined
  #readBefore = 0

  constructor(socket: Socket, hooks: PipelineHooks) {
    this.socket = socket
    this.#hooks = hooks
    // reading a body, or dropping one, resumes the socket
    socket.on('resume', () => this.#pauseIfAhead())
    socket.once('close', () => this.#drop())
  }

  /** The request that is being handled, if it has arrived in full; else null. */
  get answering(): http.IncomingMessage | null {
    return this.#active?.request.complete === true ? this.#active.request : null
  }

  /** Whether the request that is being handled is still arriving. A GET that waits for its answer has arrived. */
  get arriving(): boolean {
    return this.#active !== null && !this.#active.request.complete
  }

  /** The request that is still arriving; null if there is none. */
  get halfSent(): http.IncomingMessage | null {
    return this.arriving ? (this.#active?.request ?? null) : null
  }

  /** Whether no request waits for an answer. */
  get idle(): boolean {
    return this.#active === null && this.#waiting.length === 0 && this.#refusal === null
  }

  /** Whether it is idle and no bytes have arrived since the last answer. */
  get silent(): boolean {
    return this.idle && this.socket.bytesRead === this.#readBefore
  }

  /** Queues a request. It is handled at once if none is before it. */
  accept(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (this.socket.destroyed || this.#refusal !== null) return
    this.#endGrace()
    const inbound = { request, response }
    if (this.#active === null && this.#waiting.length === 0) return this.#start(inbound)
    this.#waiting.push(inbound)
    if (this.#waiting.length > MAX_WAITING) this.#abandon()
    else this.#pauseIfAhead()
  }

  /**
   * Called when the client sends an invalid request, or sends too slowly. Calls `refuse`, which answers and ends the
   * connection, once all earlier requests are answered.
   */
  fail(refuse: () => void): void {
    if (this.#refusal !== null) return
    const last = this.#waiting.at(-1)
    // the bytes belong to the request that was still arriving: the refusal is its answer
    if (last !== undefined && !last.request.complete) this.#waiting.pop()
    this.#refusal = refuse
    if (this.#isFirst) refuse()
    else this.socket.pause()
  }

  /**
   * Called when Node's request timeout has passed. A request behind others may be late because reading was paused, so
   * its time starts again (GRACE_MS) when all earlier requests are answered.
   */
  timeOut(refuse: () => void): void {
    if (this.#isFirst) return this.fail(refuse)
    this.#timedOut = refuse
  }

  /** Whether arriving bytes belong to the first request that is not answered. */
  get #isFirst(): boolean {
    return this.arriving || (this.#active === null && this.#waiting.length === 0)
  }

  #start(inbound: Inbound): void {
    this.#active = inbound
    const arriving = hasBody(inbound.request)
    if (arriving) {
      this.#hooks.onArriving(this)
      inbound.request.once('end', () => this.#hooks.onArrived(this))
      // no handler reads this body, and the end of an unread body is never reached
      if (BODILESS.has(inbound.request.method ?? '')) inbound.request.resume()
    }
    inbound.response.once('close', () => {
      // Node says so of a request with a body only (optimizeEmptyRequests), and Fastify asks before it reports an error
      if (!inbound.response.writableFinished) inbound.request.aborted = true
      if (arriving) this.#hooks.onArrived(this)
      this.#ended()
    })
    this.#hooks.serve(inbound.request, inbound.response)
  }

  #ended(): void {
    this.#active = null
    this.#readBefore = this.socket.bytesRead
    // after `Connection: close` nothing may be answered any more (RFC 9112, section 9.6)
    if (!this.socket.writable) return this.#drop()
    if (this.#waiting.length > 0) setImmediate(() => this.#advance())
    else this.#advance()
  }

  #advance(): void {
    if (this.#active !== null) return
    if (!this.socket.writable) return this.#drop()
    const inbound = this.#waiting.shift()
    if (inbound === undefined) return this.#rest()
    this.#start(inbound)
    if (this.#waiting.length < MAX_READ_AHEAD && this.#refusal === null) this.socket.resume()
  }

  /** Called when all requests are answered. */
  #rest(): void {
    if (this.#refusal !== null) this.#refusal()
    else if (this.#timedOut !== null) this.#startGrace(this.#timedOut)
  }

  /** Closes the connection, and stops the parsing of the current read. */
  #abandon(): void {
    this.socket.destroy()
    // Destroying the socket does not stop Node's parser, which makes an object for each request of a read (thousands).
    // A negative result of its callback does (lib/_http_common.js, parserOnHeadersComplete).
    const { parser } = this.socket as { parser?: { onIncoming?: () => number } | null }
    if (parser != null) parser.onIncoming = () => -1
  }

  #pauseIfAhead(): void {
    if (this.#waiting.length >= MAX_READ_AHEAD) this.socket.pause()
  }

  #startGrace(refuse: () => void): void {
    this.#timedOut = null
    this.#grace = setTimeout(() => this.fail(refuse), GRACE_MS)
  }

  #endGrace(): void {
    this.#timedOut = null
    clearTimeout(this.#grace)
  }

  #drop(): void {
    this.#waiting.length = 0
    this.#endGrace()
  }
}

/** Methods whose request body has no meaning (RFC 9110, section 9.3.1). */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Whether a request has a body (RFC 9112, section 6.3). `complete` does not tell: it is false for all at first. */
function hasBody({ headers }: http.IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
