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
  /** Limits of the queue and of the batches. */
  readonly batch?: Omit<BatchSpanProcessorOptions, 'exporter'>
}

/**
 * Makes spans of events, and sends them in batches. A span is made when it has ended, with the ids that were sent in
 * `traceparent`, so requests carry no span objects.
 */
export function createTracing({ exporter, sampler, resource, batch }: TracingOptions): Tracing {
  const watched = new WatchedExporter(exporter)
  const ids = new GivenIds()
  const provider = new TracerProvider({
    // `emit` leaves out traces that are not recorded
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
      // no span for a request that never arrived, nor for a health probe
      if (event.arrival === null || event.type === 'not-ready') return
      emit(refusalSpan(event, event.arrival, clock.now()), toEpochMs)
    },
  }
}

/** Gives the SDK the ids that were sent in `traceparent`, in place of new random ones. */
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

/** If the offset changes by more than this, in milliseconds, the machine's clock was set. */
const SET_MS = 5

/**
 * Converts times of the clock to milliseconds since 1970. The offset is kept, because `Date.now()` has whole
 * milliseconds only: with a new offset for each time, a child could seem to start before its parent.
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
