import { randomFillSync } from 'node:crypto'
import { readTraceState } from './trace-state.ts'

/** The trace that a request belongs to, and its place in it (W3C Trace Context, sections 3.2 and 3.3). */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** The client's span, 16 hexadecimal digits; null if the trace begins here. */
  readonly parentId: string | null
  /** The span of the client's request here, 16 hexadecimal digits. Attempts are its children. */
  readonly spanId: string
  /** Two hexadecimal digits; the lowest bit means that the trace is recorded. */
  readonly flags: string
  /** The client's `tracestate`; null if there is none. */
  readonly state: string | null
}

/** The headers that carry a trace. */
export interface TraceHeaders {
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
}

/**
 * Decides whether a trace is recorded, when its request arrives: sources are told, so it cannot be decided later.
 * `client` is what the client decided; null for a trace that begins here.
 */
export type Sampler = (traceId: string, client: boolean | null) => boolean

/** Does as the client decided. A new trace counts as recorded, so that sources may record it. */
export const followClient: Sampler = (_traceId, client) => client ?? true

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/
const ZEROS = /^0+$/

/** Continues the client's trace if `traceparent` is valid; else starts a new one. */
export function readTrace({ traceparent, tracestate }: TraceHeaders, sampler: Sampler = followClient): Trace {
  const [, version, traceId = '', parentId = '', flags = '00', rest] = TRACEPARENT.exec(traceparent ?? '') ?? []
  const known = version !== undefined && version !== 'ff' && (version !== '00' || rest === undefined)
  if (!known || ZEROS.test(traceId) || ZEROS.test(parentId)) return newTrace(sampler)
  const recorded = sampler(traceId, isRecorded({ flags }))
  return { traceId, parentId, spanId: newSpanId(), flags: flagsOf(recorded), state: readTraceState(tracestate) }
}

/** Whether the flag that version 00 defines is set. The other bits must not be passed on (section 3.2.2.5). */
export function isRecorded({ flags }: Pick<Trace, 'flags'>): boolean {
  return (Number.parseInt(flags, 16) & 1) === 1
}

/** The id of a new span: 16 hexadecimal digits. */
export function newSpanId(): string {
  return randomHex(8)
}

/** The value of the `traceparent` header for a span, in version 00. */
export function traceparent(traceId: string, spanId: string, flags: string): string {
  return `00-${traceId}-${spanId}-${flags}`
}

/** A state without its `traceparent` means nothing, so a new trace has none (section 3.3). */
function newTrace(sampler: Sampler): Trace {
  const traceId = randomHex(16)
  return { traceId, parentId: null, spanId: newSpanId(), flags: flagsOf(sampler(traceId, null)), state: null }
}

function flagsOf(recorded: boolean): string {
  return recorded ? '01' : '00'
}

/** Random bytes are generated in blocks of 4 KiB: one call of `randomFillSync` costs as much as two hundred copies. */
const page = Buffer.alloc(4096)
let used = page.length

function randomHex(bytes: number): string {
  if (used + bytes > page.length) {
    randomFillSync(page)
    used = 0
  }
  used += bytes
  return page.toString('hex', used - bytes, used)
}
