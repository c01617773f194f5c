import type { ServerResponse } from 'node:http'

/** The most bytes of answers that may wait for clients, together. */
export const MAX_UNSENT_BYTES = 256 * 1024 * 1024
/** An answer that began to be sent less than this long ago is not slow, in milliseconds. */
const GRACE_MS = 2000

interface Waiting {
  bytes: number
  readonly since: number
}

/**
 * The answers that are not sent completely. A client that reads slowly, or not at all, holds the memory of its answer,
 * and no slot of `server.maxInFlight`. When all of them hold too much, the oldest are cut off: the others never notice.
 */
export class Unsent {
  readonly #maxBytes: number
  readonly #graceMs: number
  /** In the order in which they began. */
  readonly #waiting = new Map<ServerResponse, Waiting>()
  #bytes = 0

  constructor(maxBytes = MAX_UNSENT_BYTES, graceMs = GRACE_MS) {
    this.#maxBytes = maxBytes
    this.#graceMs = graceMs
  }

  /** Bytes that wait. What of an answer is sent already counts until the answer has ended. */
  get bytes(): number {
    return this.#bytes
  }

  /** Counts a part of an answer that is about to be sent. Returns how many other answers were cut off for it. */
  add(response: ServerResponse, bytes: number): number {
    // a response that has ended already emits no further event
    if (response.closed) return 0
    const waiting = this.#waiting.get(response) ?? this.#begin(response)
    waiting.bytes += bytes
    this.#bytes += bytes
    return this.#cutOff()
  }

  #begin(response: ServerResponse): Waiting {
    const waiting = { bytes: 0, since: performance.now() }
    this.#waiting.set(response, waiting)
    response.once('close', () => this.#forget(response))
    return waiting
  }

  #forget(response: ServerResponse): void {
    this.#bytes -= this.#waiting.get(response)?.bytes ?? 0
    this.#waiting.delete(response)
  }

  #cutOff(): number {
    let count = 0
    for (const [response, { since }] of this.#waiting) {
      if (this.#bytes <= this.#maxBytes || performance.now() - since < this.#graceMs) break
      this.#forget(response)
      response.destroy()
      count += 1
    }
    return count
  }
}
