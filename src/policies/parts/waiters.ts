import type { Call } from '../../core/call.ts'
import type { CancelReason } from '../../core/cancel.ts'
import type { Outcome } from '../../core/outcome.ts'

/** An attempt with less time than this, in milliseconds, is useless for any source. */
export const LEAST_USEFUL_MS = 5

/** A queue of attempts, first come, first served. A cancelled attempt leaves at once, and the others move up. */
export class Waiters {
  readonly #waiting = new Set<() => void>()

  /** Attempts in the queue. */
  get size(): number {
    return this.#waiting.size
  }

  /**
   * Queues a call. Resolves to the result of `enter` when its turn comes, or to the result of `leave` if it is
   * cancelled before that.
   */
  wait(
    call: Call,
    enter: () => Promise<Outcome> | Outcome,
    leave: (reason: CancelReason) => Outcome,
  ): Promise<Outcome> {
    return new Promise((resolve) => {
      const letIn = (): void => {
        this.#waiting.delete(letIn)
        stop()
        resolve(enter())
      }
      this.#waiting.add(letIn)
      const stop = call.cancel.onCancel((reason) => {
        this.#waiting.delete(letIn)
        resolve(leave(reason))
      })
    })
  }

  /** Starts waiters in order while `isRoom` returns true. */
  letIn(isRoom: () => boolean): void {
    for (const letIn of this.#waiting) {
      if (!isRoom()) return
      letIn()
    }
  }
}
