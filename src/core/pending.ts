/** Work that nobody waits for any more, but that should end before the process does. */
export class Pending {
  readonly #running = new Set<Promise<unknown>>()

  /** Number of works that run. */
  get size(): number {
    return this.#running.size
  }

  /** Adds work. It must not reject. */
  add(work: Promise<unknown>): void {
    this.#running.add(work)
    void work.finally(() => this.#running.delete(work))
  }

  /** Resolves when all that runs now has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#running])
  }
}
