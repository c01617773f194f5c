import type { Cancel, CancelReason } from './cancel.ts'

/** Work that would hold the event loop up, and is done in a worker thread (src/workers/) instead. */
export interface Work {
  /** The function of src/workers/worker.ts that does it. */
  readonly name: 'decode' | 'take' | 'shape'
  /** Whom it is for, a source or a view: one of them never has all of the threads. */
  readonly owner: string
  /** Makes what is sent to the thread, when there is one for it: what waits holds no copies. */
  readonly message: () => Message
}

/** What is sent: cloned, but for the buffers in `transfer`, which are gone on this side. */
export interface Message {
  readonly task: object
  readonly transfer: readonly ArrayBuffer[]
}

/**
 * How work ended: with a result; called off; or lost, because too much waits already, or because it took more memory than
 * a worker thread may have.
 */
export type Done<Result> =
  | { readonly result: Result }
  | { readonly cut: CancelReason }
  | { readonly lost: 'queue' | 'memory' }

/** Does work in worker threads. Whatever `cancel` calls off ends at once, and does not run on for long. */
export interface Workers {
  run<Result>(work: Work, cancel: Cancel): Promise<Done<Result>>
}

/** A copy that can be transferred: a buffer may be part of a larger one, which others use. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}
