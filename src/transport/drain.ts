/** An unwanted body is read so that its connection can be reused, up to this size and time. */
export const MAX_DRAIN_BYTES = 64 * 1024
const MAX_DRAIN_MS = 100
/** Bytes of a body that are kept for the log. */
export const START_BYTES = 256

/** Reads and discards a body, or gives up. The creator must call `end`. */
export class Drain {
  readonly #giveUp: () => void
  readonly #timer: NodeJS.Timeout
  #bytes = 0
  #start: Buffer = Buffer.alloc(0)

  /** `giveUp` is called, once or several times, when reading the rest would cost more than a new connection. */
  constructor(giveUp: () => void) {
    this.#giveUp = giveUp
    this.#timer = setTimeout(giveUp, MAX_DRAIN_MS)
  }

  /** Takes the declared length of the body, in bytes. */
  expect(bytes: number): void {
    if (bytes > MAX_DRAIN_BYTES) this.#giveUp()
  }

  /** The first bytes of the body, for the log. */
  get start(): Buffer {
    return this.#start
  }

  /** Takes the next chunk. */
  take(piece: Buffer): void {
    if (this.#bytes === 0) this.#start = Buffer.from(piece.subarray(0, START_BYTES))
    this.#bytes += piece.length
    if (this.#bytes > MAX_DRAIN_BYTES) this.#giveUp()
  }

  /** Clears the timer. */
  end(): void {
    clearTimeout(this.#timer)
  }
}
