import type { Policy } from '../core/call.ts'
import { newSpanId, traceparent } from '../core/trace.ts'

/**
 * Sends the request id and the trace context. Each attempt is its own span (W3C Trace Context, section 3.2), so that a
 * trace shows which attempt the source processed.
 */
export const propagate: Policy = (next) => (call) => {
  const { requestId, trace } = call.context
  const spanId = newSpanId()
  const headers = [
    ...call.request.headers,
    'x-request-id',
    requestId,
    'traceparent',
    traceparent(trace.traceId, spanId, trace.flags),
  ]
  if (trace.state !== null) headers.push('tracestate', trace.state)
  return next({ ...call, spanId, request: { ...call.request, headers } })
}
