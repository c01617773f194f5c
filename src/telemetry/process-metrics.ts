import { readdir, readFile } from 'node:fs/promises'
import {
  constants,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client'

/**
 * Metrics of the process, under the names that Prometheus's own clients use. The library's version of them cannot be
 * stopped, so that each registry would keep its timers.
 */

/** How often the delay of the event loop is sampled, in milliseconds. */
const RESOLUTION_MS = 10
const GC_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1]
const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
}

/** Creates the metrics in a registry. Returns a function that stops what they observe. */
export function processMetricsIn(registry: Registry): () => void {
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        countTo(this, read())
      },
    })

  counter('process_cpu_user_seconds_total', 'User CPU time spent.', () => process.cpuUsage().user / 1e6)
  counter('process_cpu_system_seconds_total', 'System CPU time spent.', () => process.cpuUsage().system / 1e6)
  counter('process_cpu_seconds_total', 'User and system CPU time spent.', cpuSeconds)
  const startedAt = Date.now() / 1000 - process.uptime()
  gauge('process_start_time_seconds', 'Start time of the process since unix epoch.', () => startedAt)
  gauge('process_resident_memory_bytes', 'Resident memory size.', () => process.memoryUsage.rss())
  gauge('nodejs_heap_size_total_bytes', 'Size of the heap.', () => getHeapStatistics().total_heap_size)
  gauge('nodejs_heap_size_used_bytes', 'Heap in use.', () => getHeapStatistics().used_heap_size)
  gauge(
    'nodejs_heap_size_limit_bytes',
    'The most that the heap may grow to.',
    () => getHeapStatistics().heap_size_limit,
  )
  gauge('nodejs_external_memory_bytes', 'Memory of buffers outside of the heap.', () => process.memoryUsage().external)
  fileDescriptorsIn(registry)
  const busy = 'Time that the event loop was not idle. Its rate is the utilization.'
  counter('nodejs_eventloop_active_seconds_total', busy, () => performance.eventLoopUtilization().active / 1000)
  const stops = [loopDelayIn(registry), collectionsIn(registry)]
  return () => {
    for (const stop of stops) stop()
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Sets a counter, which the library can only reset and increase. */
export function countTo(counter: Counter, value: number): void {
  counter.reset()
  counter.inc(value)
}

/** Linux only: elsewhere these have no value. */
function fileDescriptorsIn(registry: Registry): void {
  const file = (name: string, help: string, read: () => Promise<number>) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const value = await read().catch(() => null)
        if (value === null) this.remove()
        else this.set(value)
      },
    })
  // one is open for the reading itself
  file('process_open_fds', 'Open file descriptors.', async () => (await readdir('/proc/self/fd')).length - 1)
  file('process_max_fds', 'The most file descriptors that may be open.', async () => {
    const limits = await readFile('/proc/self/limits', 'utf8')
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY)
  })
}

/** How late timers are, since the metrics were last read. */
function loopDelayIn(registry: Registry): () => void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  // a sample is the time between two timers, and not only how late the second is; without a sample it is not a number
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000) || 0
  const lag = (part: string, what: string) =>
    new Gauge({
      name: `nodejs_eventloop_lag_${part}_seconds`,
      help: `${what} of the event loop since the last scrape.`,
      registers: [registry],
      ...(part === 'mean' ? { collect: read } : {}),
    })
  const gauges = {
    mean: lag('mean', 'Mean delay'),
    p50: lag('p50', '50th percentile of the delay'),
    p99: lag('p99', '99th percentile of the delay'),
    max: lag('max', 'Longest delay'),
  }
  function read(): void {
    gauges.mean.set(seconds(delays.mean))
    gauges.p50.set(seconds(delays.percentile(50)))
    gauges.p99.set(seconds(delays.percentile(99)))
    gauges.max.set(delays.count === 0 ? 0 : seconds(delays.max))
    delays.reset()
  }
  return () => delays.disable()
}

/** Node's types leave `detail` out. */
type GcEntry = PerformanceEntry & { readonly detail: { readonly kind: number } }

/** Durations of garbage collections. */
function collectionsIn(registry: Registry): () => void {
  const durations = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Duration of garbage collections, by kind: major, minor, incremental or weakcb.',
    labelNames: ['kind'],
    buckets: GC_SECONDS,
    registers: [registry],
  })
  const observer = new PerformanceObserver((list) => {
    for (const { detail, duration } of list.getEntries() as GcEntry[]) {
      const kind = GC_KINDS[detail.kind]
      if (kind !== undefined) durations.observe({ kind }, duration / 1000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}
