import { BodyBuffer } from './body.ts'

/** An unwanted body is read so that its connection can be reused, up to this size and time. */
export const MAX_DRAIN_BYTES = 64 * 1024
const MAX_DRAIN_MS = 100
/** Bytes of a body that are kept for the log. */
export const START_BYTES = 256

/** Reads the body of a failed response and discards or keeps it, or gives up. The creator must call `end`. */
export class Drain {
  readonly #giveUp: () => void
  readonly #timer: NodeJS.Timeout | undefined
  readonly #kept: BodyBuffer | null
  #bytes = 0
  #start: Buffer = Buffer.alloc(0)

  /**
   * `giveUp` is called, once or several times, when reading the rest would cost more than a new connection. With
   * `keeps`, the body is wanted: then only its size counts, and the attempt ends by its own timeout.
   */
  constructor(giveUp: () => void, keeps: boolean) {
    this.#giveUp = giveUp
    this.#kept = keeps ? new BodyBuffer(MAX_DRAIN_BYTES) : null
    this.#timer = keeps ? undefined : setTimeout(giveUp, MAX_DRAIN_MS)
  }

  /** Takes the declared length of the body, in bytes. */
  expect(bytes: number): void {
    if (bytes > MAX_DRAIN_BYTES) this.#giveUp()
  }

  /** The first bytes of the body, for the log. */
  get start(): Buffer {
    return this.#start
  }

  /** All bytes so far, if they are kept and there are any; else null. */
  get kept(): Buffer | null {
    return this.#kept !== null && this.#bytes > 0 ? this.#kept.whole : null
  }

  /** Takes the next chunk. */
  take(piece: Buffer): void {
    if (this.#bytes === 0) this.#start = Buffer.from(piece.subarray(0, START_BYTES))
    this.#bytes += piece.length
    this.#kept?.append(piece)
    if (this.#bytes > MAX_DRAIN_BYTES) this.#giveUp()
  }

  /** Clears the timer. */
  end(): void {
    clearTimeout(this.#timer)
  }
}
