/** Maximum time for this work in one turn of the event loop, in milliseconds. */
const TURN_MS = 4

/**
 * Runs small tasks on the event loop, at most `TURN_MS` of them per turn. Each body is quick to parse, but a hundred
 * that arrive in one turn would block all other requests. Tasks that exceed the limit wait for a later turn, in order.
 */
export class LoopTurns {
  readonly #waiting: (() => void)[] = []
  #spentMs = 0
  #isScheduled = false

  /**
   * Runs `work` now and returns its result, or a promise of it if it has to wait. Errors of `work` are thrown or
   * rejected.
   */
  run<Result>(work: () => Result): Result | Promise<Awaited<Result>> {
    if (this.#waiting.length === 0 && this.#spentMs < TURN_MS) return this.#timed(work)
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<Result>>()
    this.#waiting.push(() => {
      try {
        Promise.resolve(this.#timed(work)).then(resolve, reject)
      } catch (error) {
        reject(error)
      }
    })
    this.#schedule()
    return promise
  }

  #timed<Result>(work: () => Result): Result {
    const startedAt = performance.now()
    try {
      return work()
    } finally {
      this.#spentMs += performance.now() - startedAt
      this.#schedule()
    }
  }

  /** Between two immediates the event loop processes new input. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#startTurn())
  }

  #startTurn(): void {
    this.#isScheduled = false
    this.#spentMs = 0
    while (this.#spentMs < TURN_MS) {
      const work = this.#waiting.shift()
      if (work === undefined) return
      work()
    }
    this.#schedule()
  }
}
