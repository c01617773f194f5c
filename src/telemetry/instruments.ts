import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client'
import { PROBLEMS } from '../http/problem.ts'

/** The metrics of answers, calls and sources: names, labels and help. Those of the process are in process-metrics.ts. */

/** Upper bounds in seconds. 2 is the default deadline of an answer, 1 the default timeout of a call. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10]

/** Metrics that events move. */
export type Instruments = ReturnType<typeof instrumentsIn>

/** Creates them in a registry. */
export function instrumentsIn(registry: Registry) {
  return {
    aggregate: new Histogram({
      name: 'tributary_aggregate_duration_seconds',
      help: 'Duration of answers, by view, status and whether a source failed. Refused requests are not in it.',
      labelNames: ['view', 'status', 'partial'],
      buckets: SECONDS,
      registers: [registry],
    }),
    upstream: new Histogram({
      name: 'tributary_upstream_duration_seconds',
      help: 'Duration of calls to sources, by outcome: ok, empty, skipped, or the failure code. Calls served from the cache are not in it.',
      labelNames: ['source', 'outcome'],
      buckets: SECONDS,
      registers: [registry],
    }),
    attempts: counter(
      registry,
      'tributary_upstream_attempts_total',
      ['source', 'kind', 'origin'],
      'Attempts to call sources. Those with several origins have one series for each: its place in the list, from 0.',
    ),
    cache: counter(registry, 'tributary_cache_total', ['source', 'result'], 'Cache lookups: hit, stale or miss.'),
    mismatches: counter(
      registry,
      'tributary_schema_mismatch_total',
      ['source'],
      'Answers of sources that did not fit the schema.',
    ),
    refused: refusedIn(registry),
  }
}

/** All kinds of problems exist from the start, so that the first of a kind is an increase. */
function refusedIn(registry: Registry) {
  const help = 'Requests that were refused before any source was called, by the problem type.'
  const refused = counter(registry, 'tributary_refused_total', ['type'], help)
  for (const type in PROBLEMS) if (!type.startsWith('sources-')) refused.inc({ type }, 0)
  return refused
}

function counter<Label extends string>(registry: Registry, name: string, labelNames: readonly Label[], help: string) {
  return new Counter({ name, help, labelNames, registers: [registry] })
}

/** Gauges of sources, which are set when the metrics are read. */
export type SourceGauges = ReturnType<typeof sourceGaugesIn>

/** Creates them in a registry. */
export function sourceGaugesIn(registry: Registry) {
  const gauge = (name: string, help: string, labelNames: readonly ('source' | 'origin')[] = ['source']) =>
    new Gauge({ name, help, labelNames, registers: [registry] })
  return {
    breaker: gauge(
      'tributary_breaker_state',
      'State of the breaker: 0 closed, 1 half-open, 2 open. Of several origins, each has its own.',
      ['source', 'origin'],
    ),
    inFlight: gauge('tributary_inflight', 'Attempts in flight.'),
    queued: gauge('tributary_queue', 'Attempts that wait for the bulkhead or the rate limit.'),
    budget: gauge('tributary_retry_budget_balance', 'Retries and hedges that the budget allows now.'),
  }
}
