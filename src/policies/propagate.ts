import type { Policy } from '../core/call.ts'
import { newSpanId, traceparent } from '../core/trace.ts'

/**
 * Sends the ids of the request and of the trace. Each attempt is a span of its own (W3C Trace Context, section 3.2), so
 * that a trace shows which of them the source worked on.
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
  return next({ ...call, spanId, request: { ...call.request, headers } })
}
