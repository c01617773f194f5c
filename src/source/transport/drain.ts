/** A body that nobody wants is read to keep its connection, but only so far and so long. */
export const MAX_DRAIN_BYTES = 64 * 1024
const MAX_DRAIN_MS = 100

/** Reads a body to its end and drops it, or gives up. Whoever makes one ends it. */
export class Drain {
  readonly #giveUp: () => void
  readonly #timer: NodeJS.Timeout
  #bytes = 0

  /** `giveUp` is called, once or more, when the rest of the body costs more than another connection. */
  constructor(giveUp: () => void) {
    this.#giveUp = giveUp
    this.#timer = setTimeout(giveUp, MAX_DRAIN_MS)
  }

  /** Takes in how long the body says that it is. */
  expect(bytes: number): void {
    if (bytes > MAX_DRAIN_BYTES) this.#giveUp()
  }

  /** Takes in that so many bytes more came. */
  take(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > MAX_DRAIN_BYTES) this.#giveUp()
  }

  /** Waits no longer. */
  end(): void {
    clearTimeout(this.#timer)
  }
}
