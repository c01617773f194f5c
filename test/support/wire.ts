/** Reads HTTP/1.1 messages from a socket: requests in the scripted upstream, responses in the raw client. */

/** Reads arriving bytes up to a mark or by count; null if they end, or exceed the limit, before that. */
export class ByteReader {
  #held: Buffer = Buffer.alloc(0)
  #ended = false
  #wake = () => {}

  feed(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  /** Everything up to and including `mark`. */
  async upTo(mark: string, maxBytes: number): Promise<Buffer | null> {
    for (;;) {
      const at = this.#held.indexOf(mark)
      if (at >= 0) return this.#cut(at + mark.length)
      if (this.#ended || this.#held.length > maxBytes) return null
      await this.#more()
    }
  }

  async take(bytes: number): Promise<Buffer | null> {
    while (this.#held.length < bytes && !this.#ended) await this.#more()
    return this.#held.length < bytes ? null : this.#cut(bytes)
  }

  /** The next byte, which is not consumed. */
  async peek(): Promise<number | null> {
    while (this.#held.length === 0 && !this.#ended) await this.#more()
    return this.#held[0] ?? null
  }

  /** All bytes that have arrived, without waiting. */
  rest(): Buffer {
    return this.#cut(this.#held.length)
  }

  async toEnd(): Promise<Buffer> {
    while (!this.#ended) await this.#more()
    return this.rest()
  }

  #cut(bytes: number): Buffer {
    const taken = this.#held.subarray(0, bytes)
    this.#held = this.#held.subarray(bytes)
    return taken
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

/** Names are in lower case; values of repeated headers are joined by a comma. */
export type HeaderMap = Readonly<Record<string, string>>

export interface Head {
  readonly startLine: string
  readonly headers: HeaderMap
  readonly raw: string
}

const maxHeadBytes = 256 * 1024

/** The next head; null if there is none or if it is too large. */
export async function readHead(reader: ByteReader): Promise<Head | null> {
  const bytes = await reader.upTo('\r\n\r\n', maxHeadBytes)
  if (bytes === null) return null
  const raw = bytes.toString('latin1')
  const [startLine = '', ...lines] = raw.slice(0, -4).split('\r\n')
  const headers: Record<string, string> = Object.create(null)
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  return { startLine, headers, raw }
}

export interface Body {
  readonly bytes: Buffer
  /** False if it was truncated or is malformed. */
  readonly complete: boolean
}

/** The body that the headers announce; if they announce none, all bytes to the end (`toEnd`) or no body. */
export async function readBody(reader: ByteReader, headers: HeaderMap, toEnd: boolean): Promise<Body> {
  if (/chunked/i.test(headers['transfer-encoding'] ?? '')) return readChunks(reader)
  const length = headers['content-length']
  if (length === undefined) return { bytes: toEnd ? await reader.toEnd() : Buffer.alloc(0), complete: true }
  if (!/^\d+$/.test(length)) return { bytes: reader.rest(), complete: false }
  const bytes = await reader.take(Number(length))
  return { bytes: bytes ?? reader.rest(), complete: bytes !== null }
}

async function readChunks(reader: ByteReader): Promise<Body> {
  const parts: Buffer[] = []
  for (;;) {
    const size = Number.parseInt((await reader.upTo('\r\n', 1024))?.toString('latin1') ?? '', 16)
    const chunk = size >= 0 ? await reader.take(size + 2) : null
    if (chunk === null) return { bytes: Buffer.concat([...parts, reader.rest()]), complete: false }
    if (size === 0) return { bytes: Buffer.concat(parts), complete: true }
    parts.push(chunk.subarray(0, size))
  }
}
