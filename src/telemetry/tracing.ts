import { type Context, createTraceState, ROOT_CONTEXT, TraceFlags, trace as traces } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type BatchSpanProcessorOptions,
  type IdGenerator,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Clock } from '../core/deadline.ts'
import type { Listeners } from '../core/events.ts'
import { isRecorded, type Sampler } from '../core/trace.ts'
import { CLOSE_TIMEOUT_MS, type Tracing } from './registry.ts'
import { answerSpan, attemptSpan, type EndedSpan, refusalSpan } from './spans.ts'
import { WatchedExporter } from './watched-exporter.ts'

/** Options of `createTracing`. */
export interface TracingOptions {
  readonly exporter: SpanExporter
  readonly sampler: Sampler
  /** Describes this process. Default: that of the library. */
  readonly resource?: Resource
  /** Bounds of what is kept until it is sent. */
  readonly batch?: Omit<BatchSpanProcessorOptions, 'exporter'>
}

/**
 * Makes spans of events, and sends them in batches. A span is made when it has ended, with the ids that were sent in
 * `traceparent`, so that nothing has to be carried along while a request is worked on.
 */
export function createTracing({ exporter, sampler, resource, batch }: TracingOptions): Tracing {
  const watched = new WatchedExporter(exporter)
  const ids = new GivenIds()
  const provider = new TracerProvider({
    // the traces that are not recorded make no span
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor({ ...batch, exporter: watched })],
    ...(resource === undefined ? {} : { resource }),
  })
  const tracer = provider.getTracer('tributary')
  const emit = (span: EndedSpan, toEpochMs: (at: number) => number): void => {
    if (!isRecorded(span.trace)) return
    ids.next = { traceId: span.trace.traceId, spanId: span.spanId }
    const { name, kind, attributes, status, startedAt, endedAt } = span
    const startTime = toEpochMs(startedAt)
    const made = tracer.startSpan(name, { kind, attributes, startTime }, parentOf(span))
    made.setStatus(status)
    made.end(startTime + Math.max(0, endedAt - startedAt))
  }
  return {
    sampler,
    listeners: (clock, logger) => {
      watched.logger = logger
      return spanListeners(clock, emit)
    },
    close: () => within(CLOSE_TIMEOUT_MS, provider.shutdown(), () => watched.cutOff()),
  }
}

function spanListeners(clock: Clock, emit: (span: EndedSpan, toEpochMs: (at: number) => number) => void): Listeners {
  const toEpochMs = epochOf(clock)
  return {
    answer: (event) => emit(answerSpan(event), toEpochMs),
    attempt: (event) => emit(attemptSpan(event), toEpochMs),
    refusal: (event) => {
      // a probe of a service that is not ready is no request for an answer
      if (event.arrival === null || event.type === 'not-ready') return
      emit(refusalSpan(event, event.arrival, clock.now()), toEpochMs)
    },
  }
}

/** Hands out the ids of the span that is being made. */
class GivenIds implements IdGenerator {
  next = { traceId: '', spanId: '' }

  generateTraceId(): string {
    return this.next.traceId
  }

  generateSpanId(): string {
    return this.next.spanId
  }
}

function parentOf({ trace: { traceId, state }, parentId, isParentRemote }: EndedSpan): Context {
  if (parentId === null) return ROOT_CONTEXT
  return traces.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId: parentId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: isParentRemote,
    ...(state === null ? {} : { traceState: createTraceState(state) }),
  })
}

/** Above this difference, in milliseconds, somebody has set the machine's clock. */
const SET_MS = 5

/**
 * Converts times of the clock to milliseconds since 1970. The offset is kept, because `Date.now()` has whole
 * milliseconds: a child would seem to start before its parent.
 */
function epochOf(clock: Clock): (at: number) => number {
  let offset = Date.now() - clock.now()
  return (at) => {
    const current = Date.now() - clock.now()
    if (Math.abs(current - offset) > SET_MS) offset = current
    return at + offset
  }
}

/** Waits for the work, but not longer than `timeoutMs`; then calls `onLate`. Never rejects. */
async function within(timeoutMs: number, work: Promise<void>, onLate: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => resolve(onLate()), timeoutMs)
  })
  await Promise.race([work.catch(() => {}), late])
  clearTimeout(timer)
}
