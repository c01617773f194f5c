import type { Call } from '../../core/call.ts'
import type { CancelReason } from '../../core/cancel.ts'
import type { Outcome } from '../../core/outcome.ts'

/** An attempt with less time than this, in milliseconds, is of no use, whatever the source. */
export const LEAST_USEFUL_MS = 5

/** Attempts that wait for their turn, first come, first served. Whoever is called off leaves, and moves the others up. */
export class Waiters {
  readonly #waiting = new Set<() => void>()

  get size(): number {
    return this.#waiting.size
  }

  /** Waits for its turn, in which it is what `enter` makes of it. If it is called off before, it is what `leave` says. */
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

  /** Lets them in, one after the other, as long as there is room. */
  letIn(isRoom: () => boolean): void {
    for (const letIn of this.#waiting) {
      if (!isRoom()) return
      letIn()
    }
  }
}
