/** Work on the event loop may take so long before the loop goes on with what else has come. */
const TURN_MS = 4

/**
 * Does small work on the event loop at once, as long as little of it comes together: a hundred bodies that arrive in one
 * turn are each quick to read, and all of them hold up everybody else. What is too much for this turn waits for a later
 * one, in the order in which it came.
 */
export class LoopTurns {
  readonly #waiting: (() => void)[] = []
  #spentMs = 0
  #isScheduled = false

  /** The result of `work`, or a promise of it where it had to wait. What `work` throws is thrown, or rejected with. */
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

  /** The loop looks for what has come between two immediates. */
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
