import type { Cancel, CancelReason } from '../core/cancel.ts'

/** A task that would block the event loop. It runs in a worker thread (src/workers/). */
export interface Work {
  /** Name of the function in src/workers/worker.ts. */
  readonly name: 'decode' | 'take' | 'match' | 'shape'
  /** The source or view that the task belongs to. One owner cannot use all threads. */
  readonly owner: string
  /** Creates the message when a thread is free, so that queued tasks hold no copies of the data. */
  readonly message: () => Message
}

/** A message to a worker thread. It is cloned, except the buffers in `transfer`, which become unusable on this side. */
export interface Message {
  readonly task: object
  readonly transfer: readonly ArrayBuffer[]
}

/**
 * The result of a task; or `cut`, if it was cancelled; or `lost`, if the queue was full or the task exceeded the memory
 * limit of a worker thread.
 */
export type Done<Result> =
  | { readonly result: Result }
  | { readonly cut: CancelReason }
  | { readonly lost: 'queue' | 'memory' }

/**
 * Runs tasks in worker threads. `run` settles as soon as `cancel` fires; the thread is stopped soon after. It rejects
 * only on a bug.
 */
export interface Workers {
  run<Result>(work: Work, cancel: Cancel): Promise<Done<Result>>
}

/**
 * Copies bytes so that they can be transferred: the original may be a slice of a larger buffer, or be used elsewhere.
 */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}

/**
 * Larger buffers are not shared with other data. Those that are: reads of a socket (64 KiB in libuv), and the pool of
 * small buffers (`Buffer.poolSize`, with Node 26 some bytes more), which cannot be transferred.
 */
const MOST_SHARED_BYTES = 128 * 1024

/**
 * Returns a body in a form that can be transferred. The caller must own it. A small body may be a slice of a buffer
 * with other data, so it is copied. A larger one was assembled in its own buffer (transport/body.ts) and is not copied,
 * because copying 8 MB takes 4 ms.
 */
export function taken(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return bytes.buffer.byteLength > MOST_SHARED_BYTES ? (bytes as Uint8Array<ArrayBuffer>) : copyOf(bytes)
}
