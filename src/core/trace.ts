import { randomFillSync } from 'node:crypto'

/** One request's place in a trace (W3C Trace Context, section 3.2). */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** Two hexadecimal digits; the last bit says that the trace is recorded. */
  readonly flags: string
}

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/
const ZEROS = /^0+$/

/** The trace that a request belongs to: its client's where `traceparent` is valid, else a new one. */
export function readTrace(traceparent: string | undefined): Trace {
  const [, version, traceId = '', parentId = '', flags = '00', rest] = TRACEPARENT.exec(traceparent ?? '') ?? []
  const known = version !== undefined && version !== 'ff' && (version !== '00' || rest === undefined)
  if (known && !ZEROS.test(traceId) && !ZEROS.test(parentId)) return { traceId, flags: recorded(flags) }
  return { traceId: randomHex(16), flags: '01' }
}

/** The one flag that version 00 has; the others mean nothing, and are not passed on (section 3.2.2.5). */
function recorded(flags: string): string {
  return Number.parseInt(flags, 16) & 1 ? '01' : '00'
}

/** The id of a new span: 16 hexadecimal digits. */
export function newSpanId(): string {
  return randomHex(8)
}

/** The header for one span of a trace, in the version that we write. */
export function traceparent(traceId: string, spanId: string, flags: string): string {
  return `00-${traceId}-${spanId}-${flags}`
}

/** Random bytes are drawn a page at a time: one draw costs as much as two hundred copies. */
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
