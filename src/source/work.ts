import type { Cancel, CancelReason } from '../core/cancel.ts'

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

/** A copy that can be transferred: a buffer may be part of a larger one, and others may hold it. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}

/** The most that is read from a socket at once (libuv, UV__IO_MAX_BYTES of its streams). */
const READ_BYTES = 64 * 1024

/**
 * The bytes of a body that came from the transport and that nobody else holds, so that they can be transferred. What was
 * read at once may be a part of a buffer with something else in it; what is larger was put together for this body alone
 * (transport/body.ts), and to copy 8 MB takes 4 ms.
 */
export function taken(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return bytes.buffer.byteLength > READ_BYTES ? (bytes as Uint8Array<ArrayBuffer>) : copyOf(bytes)
}
