import type { DeadlineCause } from './deadline.ts'

/** Why work was called off: a deadline passed, the client went away, or another attempt was faster. */
export type CancelReason = DeadlineCause | 'client' | 'superseded'

type Listener = (reason: CancelReason) => void

/**
 * Calls work off, once, for one reason.
 *
 * Not an `AbortSignal`: those are slow to make, `AbortSignal.any` collects listeners on a long-lived signal, and
 * `AbortSignal.timeout` can neither be cleared nor moved by a test's clock. Whoever listens here also stops listening.
 */
export class Cancel {
  #reason: CancelReason | null = null
  readonly #listeners = new Set<Listener>()

  /** Why the work was called off; null while it was not. */
  get reason(): CancelReason | null {
    return this.#reason
  }

  /** How many listen; back to 0 when all that listened has ended. */
  get listeners(): number {
    return this.#listeners.size
  }

  /** Calls `listener` when the work is called off, at once if it already is. Returns what stops listening. */
  onCancel(listener: Listener): () => void {
    if (this.#reason !== null) {
      listener(this.#reason)
      return () => {}
    }
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Calls the work off. The first reason stands; later calls do nothing. */
  cancel(reason: CancelReason): void {
    if (this.#reason !== null) return
    this.#reason = reason
    for (const listener of this.#listeners) listener(reason)
    this.#listeners.clear()
  }
}

/** Fires with its parent, and may fire alone before. Whoever makes one detaches it when its work has ended. */
export class ChildCancel extends Cancel {
  /** Stops following the parent. */
  readonly detach: () => void

  constructor(parent: Cancel) {
    super()
    this.detach = parent.onCancel((reason) => this.cancel(reason))
  }
}
