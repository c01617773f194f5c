import type { DeadlineCause } from './deadline.ts'

/** Why work was cancelled: a deadline passed, the client disconnected, or another attempt was faster. */
export type CancelReason = DeadlineCause | 'client' | 'superseded'

type Listener = (reason: CancelReason) => void

/**
 * Cancels work once, with one reason.
 *
 * Not an `AbortSignal`: that is slow to create, `AbortSignal.any` accumulates listeners on a long-lived signal, and
 * `AbortSignal.timeout` can neither be cleared nor driven by a test clock. A listener here can also be removed.
 */
export class Cancel {
  #reason: CancelReason | null = null
  /** The first listener, or the only one: most work has one, and a set costs more than the rest of this. */
  #listener: Listener | null = null
  #others: Set<Listener> | null = null

  /** The reason; null while the work is not cancelled. */
  get reason(): CancelReason | null {
    return this.#reason
  }

  /** Number of listeners. Returns to 0 when all work that listened has ended; tests check it for leaks. */
  get listeners(): number {
    return (this.#listener === null ? 0 : 1) + (this.#others?.size ?? 0)
  }

  /**
   * Calls `listener` on cancellation, or at once if it has already happened. Returns a function that removes the
   * listener.
   */
  onCancel(listener: Listener): () => void {
    if (this.#reason !== null) {
      listener(this.#reason)
      return () => {}
    }
    this.#add(listener)
    return () => this.#forget(listener)
  }

  /** Cancels the work. Only the first call has an effect. */
  cancel(reason: CancelReason): void {
    if (this.#reason !== null) return
    this.#reason = reason
    const [first, others] = [this.#listener, this.#others]
    this.#listener = null
    first?.(reason)
    // a listener may remove another one, which is not called then
    if (others !== null) for (const listener of others) listener(reason)
    this.#others = null
  }

  #add(listener: Listener): void {
    // behind those that were added before it, even if the first one has gone
    if (this.listeners === 0) this.#listener = listener
    else {
      this.#others ??= new Set()
      this.#others.add(listener)
    }
  }

  #forget(listener: Listener): void {
    if (this.#listener === listener) this.#listener = null
    else this.#others?.delete(listener)
  }
}

/** Is cancelled with its parent, or alone before that. The creator must call `detach` when its work has ended. */
export class ChildCancel extends Cancel {
  /** Removes the listener on the parent. */
  readonly detach: () => void

  constructor(parent: Cancel) {
    super()
    this.detach = parent.onCancel((reason) => this.cancel(reason))
  }
}
