/** Length of a status line up to its status: "HTTP/1.1 200". */
const LINE_BYTES = 12
/**
 * Accepted status lines (RFC 9112, section 2.3). undici's parser also accepts "HTTP/0.9" and "HTTP/2.0", which do not
 * use this message format.
 */
const KNOWN = /^HTTP\/1\.[01] (\d)\d\d$/
const HEAD_END = [0x0d, 0x0a, 0x0d, 0x0a]
const CR = 0x0d
const LF = 0x0a
const TWO = 0x32

/**
 * Reads the status lines of one response, including interim responses, before undici parses them. It checks the
 * version, which undici does not expose, and changes 100 (Continue) to 102: undici treats a 100 as an error
 * (`onHeadersComplete` in lib/dispatcher/client-h1.js of 8.12), but a client must be able to ignore it (RFC 9110,
 * section 15.2).
 */
export class StatusLines {
  #state: 'line' | 'head' | 'final' | 'bad' = 'line'
  #line = ''
  /** Number of bytes of `HEAD_END` matched so far. */
  #matched = 0

  /** Takes a chunk, and may modify it. Returns false if it is not HTTP/1.0 or HTTP/1.1. */
  accept(chunk: Buffer): boolean {
    let at = 0
    while (at < chunk.length) {
      if (this.#state === 'line') at = this.#readLine(chunk, at)
      else if (this.#state === 'head') at = this.#skipHead(chunk, at)
      else break
    }
    return this.#state !== 'bad'
  }

  /**
   * Returns the position after what it read, like `#skipHead`. Skips blank lines before the status line, as the parser
   * does.
   */
  #readLine(chunk: Buffer, from: number): number {
    let start = from
    if (this.#line === '') while (chunk[start] === CR || chunk[start] === LF) start += 1
    const end = start + LINE_BYTES - this.#line.length
    this.#line += chunk.toString('latin1', start, Math.min(end, chunk.length))
    if (this.#line.length < LINE_BYTES) return chunk.length
    this.#judge(chunk, end - 1)
    return end
  }

  #judge(chunk: Buffer, lastDigit: number): void {
    const [, first] = KNOWN.exec(this.#line) ?? []
    if (this.#line.endsWith(' 100')) chunk[lastDigit] = TWO
    this.#line = ''
    this.#state = first === undefined ? 'bad' : first === '1' ? 'head' : 'final'
  }

  #skipHead(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      this.#matched = chunk[at] === HEAD_END[this.#matched] ? this.#matched + 1 : chunk[at] === CR ? 1 : 0
      if (this.#matched < HEAD_END.length) continue
      this.#matched = 0
      this.#state = 'line'
      return at + 1
    }
    return chunk.length
  }
}
