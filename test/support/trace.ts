import type { Trace } from '../../src/core/trace.ts'

/** A trace that begins here, and is recorded. */
export const TRACE: Trace = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  parentId: null,
  spanId: '00f067aa0ba902b7',
  flags: '01',
  state: null,
}
