import { RedisFault } from './fault.ts'

/**
 * The part of RESP2 that our commands need (https://redis.io/docs/latest/develop/reference/protocol-spec/). It has no
 * lists: no reply of ours is one, and a client library lets a faulty server choose the length of a list and its depth,
 * and with them our memory and stack.
 */

/** A part of a command. */
export type Argument = string | number | Buffer

/** An error reply. Its text may name keys and users. */
export class ErrorReply extends Error {}

export type Reply = string | number | Buffer | null | ErrorReply

/** The longest line. Only errors have more than some characters. */
const MAX_LINE_BYTES = 4096

/** Encodes a command as the pieces to write; a Buffer among its parts is not copied. */
export function encode(parts: readonly Argument[]): readonly (string | Buffer)[] {
  const pieces: (string | Buffer)[] = []
  let text = `*${parts.length}\r\n`
  for (const part of parts) {
    if (typeof part === 'object') {
      pieces.push(`${text}$${part.length}\r\n`, part)
      text = '\r\n'
    } else {
      text += `$${Buffer.byteLength(String(part))}\r\n${part}\r\n`
    }
  }
  return [...pieces, text]
}

/** Reads replies from the chunks of a connection. `push` throws a RedisFault on what is no reply to our commands. */
export class ReplyReader {
  readonly #maxBytes: number
  readonly #onReply: (reply: Reply) => void
  #chunks: Buffer[] = []
  #length = 0
  /** As many bytes as the reply that has begun takes at least. */
  #needed = 0

  /** `maxBytes` bounds a string. */
  constructor(maxBytes: number, onReply: (reply: Reply) => void) {
    this.#maxBytes = maxBytes
    this.#onReply = onReply
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    // joining for each chunk would take quadratic time
    if (this.#length < this.#needed) return
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    for (let end = this.#read(rest); end > 0; end = this.#read(rest)) rest = rest.subarray(end)
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#length = rest.length
  }

  /** Reads the first reply and returns where it ends; 0 if it is not complete. */
  #read(buffer: Buffer): number {
    this.#needed = 0
    if (buffer.length === 0) return 0
    const type = String.fromCharCode(buffer[0] ?? 0)
    if (!'+-:$'.includes(type)) throw new RedisFault('protocol_error')
    const lineEnd = buffer.subarray(0, MAX_LINE_BYTES).indexOf('\r\n')
    if (lineEnd < 0) {
      if (buffer.length >= MAX_LINE_BYTES) throw new RedisFault('protocol_error')
      return 0
    }
    const text = buffer.toString('utf8', 1, lineEnd)
    const start = lineEnd + 2
    if (type === '$' && text !== '-1') return this.#readString(buffer, start, text)
    this.#onReply(lineReply(type, text))
    return start
  }

  #readString(buffer: Buffer, start: number, text: string): number {
    const length = /^\d{1,9}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY
    if (length > this.#maxBytes) throw new RedisFault('protocol_error')
    const end = start + length
    if (buffer.length < end + 2) {
      this.#needed = end + 2
      return 0
    }
    if (buffer.toString('latin1', end, end + 2) !== '\r\n') throw new RedisFault('protocol_error')
    this.#onReply(buffer.subarray(start, end))
    return end + 2
  }
}

function lineReply(type: string, text: string): Reply {
  if (type === '+') return text
  if (type === '-') return new ErrorReply(text)
  if (type === '$') return null
  if (type === ':' && /^-?\d{1,15}$/.test(text)) return Number(text)
  throw new RedisFault('protocol_error')
}
