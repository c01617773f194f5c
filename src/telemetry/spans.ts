import { type Attributes, SpanKind, type SpanStatus, SpanStatusCode } from '@opentelemetry/api'
import type { AnswerEnded, Arrival, AttemptEnded, ClientRequest, RequestRefused } from '../core/events.ts'
import { newSpanId, type Trace } from '../core/trace.ts'
import { loggedPath, outcomeWord, shortened } from './words.ts'

/** A span that has ended. Its attributes follow the semantic conventions of OpenTelemetry for HTTP. */
export interface EndedSpan {
  readonly name: string
  readonly kind: SpanKind
  readonly trace: Trace
  readonly spanId: string
  /** Null if the trace begins with this span. */
  readonly parentId: string | null
  readonly isParentRemote: boolean
  readonly attributes: Attributes
  readonly status: SpanStatus
  /** Both on the scale of `Clock.now()`. */
  readonly startedAt: number
  readonly endedAt: number
}

const UNSET: SpanStatus = { code: SpanStatusCode.UNSET }
const ERROR: SpanStatus = { code: SpanStatusCode.ERROR }

/** The span of a request that was answered. */
export function answerSpan(answer: AnswerEnded): EndedSpan {
  const { request, arrival, view, sources, failed, partial, cancelled, durationMs } = answer
  return serverSpan(request, arrival, cancelled ? null : answer.status, arrival.at + durationMs, {
    'tributary.sources': [...sources],
    'tributary.partial': partial,
    ...(view === null ? {} : { 'tributary.view': view }),
    ...(failed.length === 0 ? {} : { 'tributary.failed_sources': failed.map(({ id }) => id) }),
    ...(failed.length === 0 ? {} : { 'tributary.failure_codes': failed.map(({ code }) => code) }),
    ...(cancelled ? { 'tributary.cancelled': true } : {}),
  })
}

/** The span of a request that was refused. */
export function refusalSpan({ request, status, type }: RequestRefused, arrival: Arrival, now: number): EndedSpan {
  return serverSpan(request, arrival, status, now, { 'tributary.problem': type })
}

/** `status` is null if the client did not wait for the answer. */
function serverSpan(
  request: ClientRequest,
  { trace, route, scheme, ip, at }: Arrival,
  status: number | null,
  endedAt: number,
  more: Attributes,
): EndedSpan {
  const isError = status !== null && status >= 500
  return {
    name: route === null ? request.method : `${request.method} ${route}`,
    kind: SpanKind.SERVER,
    trace,
    spanId: trace.spanId,
    parentId: trace.parentId,
    isParentRemote: true,
    attributes: {
      'http.request.method': request.method,
      'url.scheme': scheme,
      'url.path': loggedPath(request.url),
      'client.address': ip,
      'tributary.request_id': request.id,
      ...(route === null ? {} : { 'http.route': route }),
      ...(status === null ? {} : { 'http.response.status_code': status }),
      ...(isError ? { 'error.type': String(status) } : {}),
      ...more,
    },
    status: isError ? ERROR : UNSET,
    startedAt: at,
    endedAt,
  }
}

/** The span of an attempt, with the id that the source received in `traceparent`. */
export function attemptSpan({ call, outcome, number, startedAt, reason }: AttemptEnded): EndedSpan {
  const { context, request, source, id, kind, spanId, destination } = call
  const { failure, upstreamStatus, attemptMs } = outcome
  // a slower attempt, or one whose client left, has not failed
  const isError = failure !== null && failure.code !== 'cancelled'
  const url = shortened(request.shown())
  return {
    name: `${request.method} ${source}`,
    kind: SpanKind.CLIENT,
    trace: context.trace,
    spanId: spanId ?? newSpanId(),
    parentId: context.trace.spanId,
    isParentRemote: false,
    attributes: {
      'http.request.method': request.method,
      'tributary.request_id': context.requestId,
      'tributary.source': source,
      'tributary.key': id,
      ...(destination === undefined ? {} : { 'tributary.origin': destination.origin }),
      'tributary.outcome': outcomeWord(outcome),
      'tributary.attempt.kind': kind,
      'tributary.attempt.number': number,
      ...(url === null ? {} : { 'url.full': url }),
      ...(upstreamStatus === null ? {} : { 'http.response.status_code': upstreamStatus }),
      ...(number === 1 ? {} : { 'http.request.resend_count': number - 1 }),
      ...(isError ? { 'error.type': failure.code } : {}),
      ...(reason === null ? {} : { 'tributary.reason': reason }),
    },
    status: isError ? { ...ERROR, message: failure.message } : UNSET,
    startedAt,
    endedAt: startedAt + attemptMs,
  }
}
