import type http from 'node:http'
import type { Socket } from 'node:net'

/** A client's request with the response that it gets. */
export interface Inbound {
  readonly request: http.IncomingMessage
  readonly response: http.ServerResponse
}

export interface PipelineHooks {
  /** Works on a request. Called once for each, one at a time. */
  readonly serve: (request: http.IncomingMessage, response: http.ServerResponse) => void
  /** Called when work starts on a request whose body has not arrived yet. */
  readonly onArriving: (pipeline: Pipeline) => void
  /** Called, once or more, when that body has been read, or the answer has ended without it. */
  readonly onArrived: (pipeline: Pipeline) => void
}

/** With so many requests waiting, the connection is not read any more until some are answered. */
const MAX_READ_AHEAD = 16
/** With more requests waiting, the connection is closed: no client needs so many answers in a row. */
export const MAX_WAITING = 256
/** A client whose request stood behind a pause of ours gets this much time to end it. */
const GRACE_MS = 5_000

/**
 * The requests of one connection, worked on one at a time (RFC 9112, section 9.3.2: pipelining). Node parses all that one
 * read holds, which may be thousands of requests, and would work on all of them at once. Here the next one starts in a
 * later turn of the event loop, when the answer before it has been handed to the kernel: a client that does not take its
 * answers gets no more work done.
 */
export class Pipeline {
  readonly socket: Socket
  readonly #hooks: PipelineHooks
  readonly #waiting: Inbound[] = []
  #active: Inbound | null = null
  /** What ends the connection once everything before it is answered. */
  #refusal: (() => void) | null = null
  /** Node's limit for the arrival of a request has passed while we did not read. */
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

  /** The request that is worked on and has arrived in full; null if there is none. */
  get answering(): http.IncomingMessage | null {
    return this.#active?.request.complete === true ? this.#active.request : null
  }

  /** Whether the request that is worked on is still arriving. A GET that waits for its answer has arrived. */
  get arriving(): boolean {
    return this.#active !== null && !this.#active.request.complete
  }

  /** The request that is still arriving; null if there is none. */
  get halfSent(): http.IncomingMessage | null {
    return this.arriving ? (this.#active?.request ?? null) : null
  }

  /** Whether nothing is asked. */
  get idle(): boolean {
    return this.#active === null && this.#waiting.length === 0 && this.#refusal === null
  }

  /** Whether nothing has come in since it turned idle. */
  get silent(): boolean {
    return this.idle && this.socket.bytesRead === this.#readBefore
  }

  /** Queues a request. Work on it starts at once if there is none before it. */
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
   * Called when the client sends bytes that are no valid request, or sends too slowly. Calls `refuse`, which answers and
   * ends the connection, once everything before it is answered.
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
   * Called when a request did not arrive in the time that Node allows. A request behind others may be late because we do
   * not read the connection, so its time starts again when everything before it is answered.
   */
  timeOut(refuse: () => void): void {
    if (this.#isFirst) return this.fail(refuse)
    this.#timedOut = refuse
  }

  /** Whether what arrives now has no answer before it. */
  get #isFirst(): boolean {
    return this.arriving || (this.#active === null && this.#waiting.length === 0)
  }

  #start(inbound: Inbound): void {
    this.#active = inbound
    const arriving = hasBody(inbound.request)
    if (arriving) {
      this.#hooks.onArriving(this)
      inbound.request.once('end', () => this.#hooks.onArrived(this))
      // nobody reads it, and a body that is not read never arrives
      if (BODILESS.has(inbound.request.method ?? '')) inbound.request.resume()
    }
    inbound.response.once('close', () => {
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

  /** Everything is answered. */
  #rest(): void {
    if (this.#refusal !== null) this.#refusal()
    else if (this.#timedOut !== null) this.#startGrace(this.#timedOut)
  }

  /** Closes the connection, and ends the parsing of the read that is in work. */
  #abandon(): void {
    this.socket.destroy()
    // A destroyed socket does not stop Node's parser, which makes a request object of everything that one read holds
    // (thousands). A negative result of its callback does (lib/_http_common.js, parserOnHeadersComplete).
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

/** The methods whose bodies mean nothing (RFC 9110, section 9.3.1). */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Whether a request has a body (RFC 9112, section 6.3). `complete` is false for all requests when they are announced. */
function hasBody({ headers }: http.IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
