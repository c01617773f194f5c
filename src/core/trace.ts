import { randomFillSync } from 'node:crypto'

/** The trace that a request belongs to (W3C Trace Context, section 3.2). */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** Two hexadecimal digits; the lowest bit means that the trace is recorded. */
  readonly flags: string
}

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/
const ZEROS = /^0+$/

/** Continues the client's trace if `traceparent` is valid; else starts a new one. */
export function readTrace(traceparent: string | undefined): Trace {
  const [, version, traceId = '', parentId = '', flags = '00', rest] = TRACEPARENT.exec(traceparent ?? '') ?? []
  const known = version !== undefined && version !== 'ff' && (version !== '00' || rest === undefined)
  if (known && !ZEROS.test(traceId) && !ZEROS.test(parentId)) return { traceId, flags: recorded(flags) }
  return { traceId: randomHex(16), flags: '01' }
}

/** Version 00 defines one flag. The other bits are undefined and must not be passed on (section 3.2.2.5). */
function recorded(flags: string): string {
  return Number.parseInt(flags, 16) & 1 ? '01' : '00'
}

/** The id of a new span: 16 hexadecimal digits. */
export function newSpanId(): string {
  return randomHex(8)
}

/** The value of the `traceparent` header for a span, in version 00. */
export function traceparent(traceId: string, spanId: string, flags: string): string {
  return `00-${traceId}-${spanId}-${flags}`
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
