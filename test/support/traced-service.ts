import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { followClient, type Sampler } from '../../src/core/trace.ts'
import { createTracing } from '../../src/telemetry/tracing.ts'
import { type Built, build } from './build.ts'
import { eventually } from './eventually.ts'
import type { Owner } from './owner.ts'

export interface Traced extends Built {
  /** Waits for this many spans, and returns them in the order in which they started. */
  spans(count: number): Promise<readonly ReadableSpan[]>
  /** The spans so far. */
  readonly ended: readonly ReadableSpan[]
}

/** Starts a service as `build` does, which keeps its spans in memory. */
export async function tracedService(t: Owner, config: object, sampler: Sampler = followClient): Promise<Traced> {
  const exporter = new InMemorySpanExporter()
  const tracing = createTracing({ exporter, sampler, batch: { scheduledDelayMillis: 1 } })
  t.teardown(() => tracing.close())
  const service = await build(t, config, {}, 'debug', tracing)
  const spans = async (count: number): Promise<readonly ReadableSpan[]> => {
    await eventually(() => exporter.getFinishedSpans().length >= count, 5000)
    return exporter.getFinishedSpans().toSorted((a, b) => nanos(a) - nanos(b))
  }
  return {
    ...service,
    spans,
    get ended() {
      return exporter.getFinishedSpans()
    },
  }
}

function nanos({ startTime: [seconds, rest] }: ReadableSpan): number {
  return seconds * 1e9 + rest
}
