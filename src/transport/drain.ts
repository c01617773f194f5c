/** A body that nobody wants is read to keep its connection, but only so far and so long. */
export const MAX_DRAIN_BYTES = 64 * 1024
const MAX_DRAIN_MS = 100
/** Kept of a body, for the log. */
export const START_BYTES = 256

/** Reads a body to its end and drops it, or gives up. Whoever makes one ends it. */
export class Drain {
  readonly #giveUp: () => void
  readonly #timer: NodeJS.Timeout
  #bytes = 0
  #start: Buffer = Buffer.alloc(0)

  /** `giveUp` is called, once or more, when the rest of the body costs more than another connection. */
  constructor(giveUp: () => void) {
    this.#giveUp = giveUp
    this.#timer = setTimeout(giveUp, MAX_DRAIN_MS)
  }

  /** Takes in how long the body says that it is. */
  expect(bytes: number): void {
    if (bytes > MAX_DRAIN_BYTES) this.#giveUp()
  }

  /** The first bytes of the body. */
  get start(): Buffer {
    return this.#start
  }

  /** Takes in the next piece. */
  take(piece: Buffer): void {
    if (this.#bytes === 0) this.#start = Buffer.from(piece.subarray(0, START_BYTES))
    this.#bytes += piece.length
    if (this.#bytes > MAX_DRAIN_BYTES) this.#giveUp()
  }

  /** Waits no longer. */
  end(): void {
    clearTimeout(this.#timer)
  }
}
