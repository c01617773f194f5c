import type { Socket } from 'node:net'
import { MAX_UPSTREAM_HEADER_BYTES } from '../core/limits.ts'

/** A proxy did not open a tunnel. Its `code` is safe to show, and says why. */
export class ProxyError extends Error {
  readonly code: string

  constructor(code: string) {
    super('the proxy did not open a tunnel')
    this.code = code
  }
}

/** What `code` of a ProxyError begins with, before the status of the proxy. */
export const PROXY_STATUS = 'TRIBUTARY_PROXY_STATUS_'
/** The status with which a proxy wants credentials, or refuses ours (RFC 9110, section 15.5.8). */
export const PROXY_AUTHENTICATION = 407

/** What a proxy is asked for. */
export interface TunnelRequest {
  /** Host and port of the source; an IPv6 address in brackets. */
  readonly authority: string
  /** Value of Proxy-Authorization; null for none. */
  readonly authorization: string | null
}

/**
 * Asks a proxy for a tunnel (CONNECT: RFC 9110, section 9.3.6) and calls back once, with an error or null. Nothing that
 * is meant for the source is in the request. Whoever waits closes the socket when it takes too long.
 *
 * undici's ProxyAgent would do this with pools and coarse timers of its own, and Node's HTTP client takes an interim
 * answer to CONNECT for the final one.
 */
export function openTunnel(socket: Socket, request: TunnelRequest, done: (error: Error | null) => void): void {
  const answer = new ConnectAnswer()
  const end = (error: Error | null): void => {
    socket.off('data', take).off('end', lost).pause()
    done(error)
  }
  const lost = (): void => end(new ProxyError('TRIBUTARY_PROXY_CLOSED'))
  const take = (piece: Buffer): void => {
    const read = answer.take(piece)
    if (read === 'incomplete') return
    if (read instanceof ProxyError) return end(read)
    // what is behind the head belongs to the tunnel, so it must make sense to TLS, which reads it first
    if (read.length > 0) socket.pause().unshift(read)
    end(null)
  }
  socket.on('data', take).on('end', lost)
  socket.write(requestText(request))
}

function requestText({ authority, authorization }: TunnelRequest): string {
  const credentials = authorization === null ? '' : `proxy-authorization: ${authorization}\r\n`
  return `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${credentials}\r\n`
}

const HEAD_END = '\r\n\r\n'
const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?\r\n/
/** A line end without a carriage return; a head that has one could be read in two ways. */
const BARE_LINE_END = /(?:^|[^\r])\n/

/**
 * Reads the answer to CONNECT. Interim answers (1xx) are skipped; all heads together may have as many bytes as the
 * headers of a source. The headers mean nothing: a 2xx has no body, whatever they say (RFC 9110, section 9.3.6).
 */
class ConnectAnswer {
  #head = ''
  #bytes = 0

  /** Returns the bytes behind the head of a 2xx answer. */
  take(piece: Buffer): Buffer | ProxyError | 'incomplete' {
    this.#head += piece.toString('latin1')
    for (;;) {
      const end = this.#head.indexOf(HEAD_END)
      if (this.#bytes + (end < 0 ? this.#head.length : end) > MAX_UPSTREAM_HEADER_BYTES)
        return new ProxyError('TRIBUTARY_PROXY_HEADERS')
      if (end < 0) return this.#mayBecomeHead() ? 'incomplete' : new ProxyError('TRIBUTARY_PROXY_PROTOCOL')
      const [status, rest] = [statusOf(this.#head.slice(0, end + 2)), this.#head.slice(end + HEAD_END.length)]
      if (status === null || status === 101) return new ProxyError('TRIBUTARY_PROXY_PROTOCOL')
      if (status >= 300) return new ProxyError(`${PROXY_STATUS}${status}`)
      if (status >= 200) return Buffer.from(rest, 'latin1')
      this.#bytes += end + HEAD_END.length
      this.#head = rest
    }
  }

  /** Ends garbage at once, which would otherwise be waited for until the timeout. */
  #mayBecomeHead(): boolean {
    const isBegun = 'HTTP/1.'.startsWith(this.#head.slice(0, 7))
    return isBegun && !BARE_LINE_END.test(this.#head) && (!this.#head.includes('\n') || STATUS_LINE.test(this.#head))
  }
}

function statusOf(head: string): number | null {
  const [, digits] = STATUS_LINE.exec(head) ?? []
  return digits === undefined || BARE_LINE_END.test(head) ? null : Number(digits)
}
