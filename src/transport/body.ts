const EMPTY = Buffer.alloc(0)
/** Minimum size of the buffer in bytes; smaller steps are not worth the copies. */
const LEAST_BYTES = 16 * 1024
/** A declared length is believed up to so many times the bytes that have arrived: a source may declare what it likes. */
const MOST_EXPECTED = 8

/** Assembles a body from its chunks, up to a maximum size. */
export class BodyBuffer {
  readonly #maxBytes: number
  #buffer: Buffer = EMPTY
  #bytes = 0
  #declared = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes the length that the response declares, in bytes; 0 or NaN if there is none. */
  expect(bytes: number): void {
    this.#declared = bytes
  }

  /** Adds a chunk. Returns false if the body exceeds the maximum; it is useless then. */
  append(chunk: Buffer): boolean {
    const before = this.#bytes
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) return false
    if (before === 0) this.#buffer = chunk
    else this.#copy(chunk, before)
    return true
  }

  /**
   * Copies chunks together. A single chunk is not copied; several are, because each would keep its whole read buffer in
   * memory.
   */
  #copy(chunk: Buffer, at: number): void {
    if (this.#buffer.length < this.#bytes) this.#grow(at)
    chunk.copy(this.#buffer, at)
  }

  #grow(filled: number): void {
    const larger = Buffer.allocUnsafe(this.#nextSize())
    this.#buffer.copy(larger, 0, 0, filled)
    this.#buffer = larger
  }

  #nextSize(): number {
    const fits = this.#declared >= this.#bytes && this.#declared <= MOST_EXPECTED * this.#bytes
    return Math.min(fits ? this.#declared : Math.max(2 * this.#bytes, LEAST_BYTES), this.#maxBytes)
  }

  /** All bytes so far. */
  get whole(): Buffer {
    return this.#buffer.subarray(0, this.#bytes)
  }

  /** Releases the memory: the exchange that owns this object may be referenced for longer than its body is needed. */
  release(): void {
    this.#buffer = EMPTY
    this.#bytes = 0
  }
}
