import { Counter, Gauge, Registry } from '@prometheus-io/client'
import manifest from '../../package.json' with { type: 'json' }
import type { AttemptKind } from '../core/call.ts'
import type { AnswerEnded, BreakerStatus, CacheRead, CallEnded, Events, RequestRefused } from '../core/events.ts'
import type { Lifecycle } from '../http/lifecycle.ts'
import { type Instruments, instrumentsIn, type SourceGauges, sourceGaugesIn } from './instruments.ts'
import type { Log } from './logger.ts'
import { countTo, processMetricsIn } from './process-metrics.ts'
import { CLIENT_CLOSED_REQUEST, hasLeft, outcomeWord } from './words.ts'

/** A source whose load is read with the metrics. */
export interface Measured {
  readonly id: string
  readonly load: {
    readonly breaker: BreakerStatus | null
    readonly origins?: readonly { readonly origin: string; readonly breaker: BreakerStatus | null }[]
    readonly budget: number | null
    readonly inFlight: number
    readonly queued: number
  }
}

/** Dependencies of the metrics. */
export interface MetricsDependencies {
  readonly events: Events
  readonly log: Pick<Log, 'dropped'>
  readonly lifecycle: Pick<Lifecycle, 'inFlight'>
}

const BREAKER_STATES: Readonly<Record<BreakerStatus, number>> = { closed: 0, 'half-open': 1, open: 2 }
const KINDS: readonly AttemptKind[] = ['first', 'retry', 'hedge']

/**
 * The metrics of the process, for Prometheus. Counters and durations follow the events; gauges are read when the
 * metrics are. Label values come from the configuration and from closed sets, never from clients or sources, so that
 * nobody can add series.
 */
export class Metrics {
  /** The media type of `expose`. */
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE
  /** All metrics, with name, type and help. */
  readonly registry = new Registry()
  readonly #instruments: Instruments
  readonly #gauges: SourceGauges
  readonly #stop: () => void

  constructor({ events, log, lifecycle }: MetricsDependencies) {
    this.#instruments = instrumentsIn(this.registry)
    this.#gauges = sourceGaugesIn(this.registry)
    readingsIn(this.registry, { log, lifecycle })
    this.#stop = processMetricsIn(this.registry)
    this.#listen(events)
  }

  /** All metrics in Prometheus's text format. `sources` are the current ones: gauges of others end. */
  expose(sources: Iterable<Measured>): Promise<string> {
    const { breaker, budget, inFlight, queued } = this.#gauges
    for (const gauge of [breaker, budget, inFlight, queued]) gauge.reset()
    for (const { id: source, load } of sources) {
      // counters start at 0, so that the first event is an increase
      for (const { labels, state } of breakersOf(source, load)) {
        if (state !== null) breaker.set(labels, BREAKER_STATES[state])
        for (const kind of KINDS) this.#instruments.attempts.inc({ ...labels, kind }, 0)
      }
      if (load.budget !== null) budget.set({ source }, load.budget)
      inFlight.set({ source }, load.inFlight)
      queued.set({ source }, load.queued)
      this.#instruments.mismatches.inc({ source }, 0)
    }
    return this.registry.metrics()
  }

  /** Stops what observes the process. The metrics can still be read. */
  close(): void {
    this.#stop()
  }

  #listen(events: Events): void {
    const { attempts, cache, mismatches, refused } = this.#instruments
    events.listen({
      answer: (event) => this.#answered(event),
      call: (event) => this.#called(event),
      refresh: (event) => this.#called(event),
      // a simulated call says nothing of its source
      attemptStart: ({ call: { source, kind, simulation, destination } }) => {
        if (simulation === undefined) attempts.inc({ ...labelsOf(source, destination?.origin), kind })
      },
      cache: ({ call: { source }, result }: CacheRead) => cache.inc({ source, result }),
      mismatch: ({ call: { source, simulation } }) => {
        if (simulation === undefined) mismatches.inc({ source })
      },
      refusal: ({ type, error }: RequestRefused) => {
        if (!hasLeft(error)) refused.inc({ type })
      },
    })
  }

  #answered({ request, view, status, simulated, cancelled, partial, durationMs }: AnswerEnded): void {
    if (simulated) return
    const labels = {
      view: view ?? (request.method === 'POST' ? BATCH : ALL),
      status: cancelled ? CLIENT_CLOSED_REQUEST : status,
      partial: String(partial),
    }
    this.#instruments.aggregate.observe(labels, durationMs / 1000)
  }

  /** Calls that needed no request (served from the cache, or nothing to ask) would hide how the source does. */
  #called({ call: { source, record, simulation }, outcome }: CallEnded): void {
    if (simulation !== undefined) return
    if (outcome.from !== 'skipped' && outcome.failure === null && record.effort.attempts === 0) return
    const seconds = (record.endedAt - record.startedAt) / 1000
    this.#instruments.upstream.observe({ source, outcome: outcomeWord(outcome) }, seconds)
  }
}

/** Labels of a source, or of one of its origins: without `origin` for a source with one. */
interface SourceLabels {
  readonly source: string
  readonly origin?: string
}

function labelsOf(source: string, origin?: number): SourceLabels {
  return origin === undefined ? { source } : { source, origin: String(origin) }
}

function breakersOf(source: string, { breaker, origins }: Measured['load']) {
  if (origins === undefined) return [{ labels: labelsOf(source), state: breaker }]
  return origins.map(({ origin, breaker: state }) => ({ labels: { source, origin }, state }))
}

/** Values of `view` for answers of no view. No view can have such an id. */
const ALL = '(aggregate)'
const BATCH = '(batch)'

/** Metrics that others hold and that are read with the rest. */
function readingsIn(registry: Registry, { log, lifecycle }: Pick<MetricsDependencies, 'log' | 'lifecycle'>): void {
  const registers = [registry]
  new Counter({
    name: 'tributary_log_dropped_total',
    help: 'Log lines that were dropped because nobody read the log.',
    registers,
    collect() {
      countTo(this, log.dropped())
    },
  })
  new Gauge({
    name: 'tributary_answers_inflight',
    help: 'Answers in work, of which server.maxInFlight is the limit.',
    registers,
    collect() {
      this.set(lifecycle.inFlight)
    },
  })
  const help = 'Always 1; the labels are the version of Tributary and of Node.js.'
  const build = new Gauge({ name: 'tributary_build_info', help, labelNames: ['version', 'node'], registers })
  build.set({ version: manifest.version, node: process.version }, 1)
}
