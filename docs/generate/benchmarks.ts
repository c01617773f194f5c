import { readFileSync } from 'node:fs'
import { CASES } from '../../bench/compare/cases.ts'
import { type CaseResult, RESULTS } from '../../bench/compare/compare.ts'
import type { Measured } from '../../bench/compare/measure.ts'
import { OURS } from '../../bench/compare/servers.ts'
import { type BarGroup, barChart } from './bar-chart.ts'
import { table } from './table.ts'

/** What `npm run bench -- compare --save` has measured. */
export function benchmarkResults(): readonly CaseResult[] {
  return JSON.parse(readFileSync(RESULTS, 'utf8'))
}

/** The table of all cases and servers. */
export function benchmarkTable(results: readonly CaseResult[]): string {
  const header = ['answer', 'server', 'µs', '× floor', 'answers/s', 'p50', 'p99', 'p99.9', 'peak MB']
  return table(
    header,
    results.flatMap(({ name, perSecond, servers }) =>
      servers.map((one, index) => [index === 0 ? `${name}; latencies at ${perSecond}/s` : '', ...cellsOf(one)]),
    ),
  )
}

function cellsOf({ server, microseconds, toFloor, perSecond, p50, p99, p999, peakMegabytes }: Measured): string[] {
  const milliseconds = [p50, p99, p999].map((ms) => `${ms.toFixed(1)} ms`)
  const cost = [server, microseconds.toFixed(0), toFloor.toFixed(2), perSecond.toFixed(0)]
  return [...cost, ...milliseconds, peakMegabytes.toFixed(0)]
}

/** What an answer of Tributary costs, by the number of sources and the size of their bodies. */
export function sizingTable(results: readonly CaseResult[]): string {
  const rows = CASES.flatMap(({ name, sources, bytes, kind, failing }) => {
    const servers = results.find((result) => result.name === name)?.servers ?? []
    const ours = servers.find(({ server }) => server === OURS)
    if (ours === undefined || kind !== 'plain' || failing > 0) return []
    const size = `${Number((bytes / 1024).toFixed(1))} KiB`
    const aSecond = Number((1e6 / ours.microseconds).toPrecision(2))
    return [
      [String(sources), size, `${Math.round(ours.microseconds).toLocaleString('en')} µs`, aSecond.toLocaleString('en')],
    ]
  })
  return table(['sources', 'body of each', 'processor time of an answer', 'answers a second on one core'], rows)
}

/** The charts of the page, by file name. */
export function benchmarkCharts(results: readonly CaseResult[]): Readonly<Record<string, string>> {
  const grouped = (value: (one: Measured) => number, label: (one: Measured) => string): readonly BarGroup[] =>
    results.map(({ name, servers }) => ({
      name,
      bars: servers.map((one) => ({ name: one.server, value: value(one), label: label(one) })),
    }))
  return {
    'benchmarks-cost.svg': barChart(
      'Processor time of an answer, in relation to the floor',
      grouped(
        ({ toFloor }) => toFloor,
        ({ toFloor, microseconds }) => `${toFloor.toFixed(2)} × (${microseconds.toFixed(0)} µs)`,
      ),
    ),
    'benchmarks-p99.svg': barChart(
      '99th percentile of the latency at a fixed rate',
      grouped(
        ({ p99 }) => p99,
        ({ p99 }) => `${p99.toFixed(1)} ms`,
      ),
    ),
  }
}
