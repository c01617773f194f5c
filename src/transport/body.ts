const EMPTY = Buffer.alloc(0)
/** Below it, a buffer is not worth growing in steps. */
const LEAST_BYTES = 16 * 1024

/** Puts together the pieces of a body that has a bound. */
export class BodyBuffer {
  readonly #maxBytes: number
  #buffer: Buffer = EMPTY
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes in the next piece; false when the body has become too large, and is of no use any more. */
  append(chunk: Buffer): boolean {
    const before = this.#bytes
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) return false
    if (before === 0) this.#buffer = chunk
    else this.#copy(chunk, before)
    return true
  }

  /** One piece is kept as it came; several are copied together, since each one kept would hold its whole read buffer. */
  #copy(chunk: Buffer, at: number): void {
    if (this.#buffer.length < this.#bytes) this.#grow(at)
    chunk.copy(this.#buffer, at)
  }

  #grow(filled: number): void {
    const larger = Buffer.allocUnsafe(Math.min(Math.max(2 * this.#bytes, LEAST_BYTES), this.#maxBytes))
    this.#buffer.copy(larger, 0, 0, filled)
    this.#buffer = larger
  }

  /** All that came. */
  get whole(): Buffer {
    return this.#buffer.subarray(0, this.#bytes)
  }

  /** Lets go of what came, since whoever settles may be held for longer than its body is of use. */
  release(): void {
    this.#buffer = EMPTY
    this.#bytes = 0
  }
}
