import type { Socket } from 'node:net'
import { firstOf } from '../first-of.ts'
import type { HeaderMap } from '../wire.ts'

/** A request as the upstream saw it. */
export interface SeenRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** Path and query, unchanged. */
  readonly target: string
  readonly headers: HeaderMap
  /** The request line and headers, unchanged (latin1). */
  readonly rawHead: string
  readonly body: Buffer
  /** The number of its connection; the first is 1. */
  readonly connection: number
  /** When its last byte arrived, as `performance.now()`. */
  readonly at: number
}

/** Handles requests of one row of the table. The connection reads its next request when it returns. */
export type Handler = (exchange: Exchange) => void | Promise<void>

export interface ExchangeParts {
  readonly request: SeenRequest
  readonly nth: number
  readonly nthOnConnection: number
  /** The socket to write to; with TLS it runs over `raw`. */
  readonly socket: Socket
  readonly raw: Socket
}

export interface Reply {
  status?: number
  reason?: string
  headers?: Record<string, string | number>
  body?: string | Uint8Array
}

/** One request, and all actions of a row on its connection. Nothing here outlives the socket. */
export class Exchange {
  readonly request: SeenRequest
  readonly query: URLSearchParams
  /** How many requests this path has had, including this one. */
  readonly nth: number
  readonly nthOnConnection: number
  readonly #socket: Socket
  readonly #raw: Socket

  constructor(parts: ExchangeParts) {
    this.request = parts.request
    this.query = new URLSearchParams(parts.request.target.split('?')[1])
    this.nth = parts.nth
    this.nthOnConnection = parts.nthOnConnection
    this.#socket = parts.socket
    this.#raw = parts.raw
  }

  /** Whether the connection can no longer be written to. */
  get gone(): boolean {
    return this.#socket.destroyed || !this.#socket.writable
  }

  /** A number from the query. */
  number(name: string, otherwise: number): number {
    return Number(this.query.get(name) ?? otherwise)
  }

  /** Writes bytes unchanged (strings as UTF-8), with backpressure. Resolves to false if the client has gone. */
  async write(bytes: string | Uint8Array): Promise<boolean> {
    if (this.gone) return false
    if (!this.#socket.write(bytes)) await firstOf(this.#socket, ['drain', 'close'])
    return !this.gone
  }

  /** Waits. Resolves to false at once if the client goes away. */
  async sleep(ms: number): Promise<boolean> {
    if (ms > 0 && !this.gone) await firstOf(this.#socket, ['close'], ms)
    return !this.gone
  }

  /** Resolves to true if the client sends nothing for this long, else to false. Rows must not await it. */
  idle(ms: number): Promise<boolean> {
    return firstOf(this.#socket, ['data', 'close'], ms)
  }

  /** Resolves when the client goes away. */
  async untilGone(): Promise<void> {
    if (!this.#socket.destroyed) await firstOf(this.#socket, ['close'])
  }

  /** Sends a well-formed response with Content-Length. */
  reply({ status = 200, reason = 'Status', headers = {}, body = '' }: Reply): Promise<boolean> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    const bare = status < 200 || status === 204 || status === 304
    const all = bare ? headers : { ...headers, 'content-length': headers['content-length'] ?? bytes.length }
    const head = `HTTP/1.1 ${status} ${reason}\r\n${headerLines(all)}\r\n`
    return this.write(bare ? head : Buffer.concat([Buffer.from(head), bytes]))
  }

  /** Sends FIN after the written bytes, and stops reading. */
  fin(): void {
    this.#socket.destroySoon()
  }

  /** Sends RST. */
  rst(): void {
    this.#raw.resetAndDestroy()
  }

  /** Ends the connection by `fin` or `rst`. */
  cut(how: string): void {
    how === 'rst' ? this.rst() : this.fin()
  }
}

/** Headers as lines, each with its CRLF. */
export function headerLines(headers: Record<string, string | number>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
}
