import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CASES, type Case } from './cases.ts'
import { FULL, type Measured, measure, QUICK } from './measure.ts'
import type { Foreign } from './servers.ts'

/** Options of the comparison. */
export interface CompareOptions {
  /** Measures for a shorter time. */
  readonly quick: boolean
  /** Whether the results are written to RESULTS. */
  readonly save: boolean
  /** A part of the names of the cases that are measured; '' for all. */
  readonly only: string
  readonly foreign: readonly Foreign[]
}

/** What was measured in one case. */
export interface CaseResult {
  readonly name: string
  /** Calls a second for the latencies. */
  readonly perSecond: number
  readonly servers: readonly Measured[]
}

/** The results that docs/benchmarks.md shows. */
export const RESULTS = fileURLToPath(new URL('./results.json', import.meta.url))

/** Compares Tributary with the floor, with what people write today, and with servers that run already. Prints a table. */
export async function compare({ quick, save, only, foreign }: CompareOptions): Promise<void> {
  const results: CaseResult[] = []
  for (const one of CASES.filter(({ name }) => name.includes(only))) {
    const servers = await measure(one, quick ? QUICK : FULL, foreign)
    results.push({ name: one.name, perSecond: one.perSecond, servers })
    process.stdout.write(formatCase(one, servers))
  }
  if (!save) return
  writeFileSync(RESULTS, JSON.stringify(results, null, 2))
  execFileSync('biome', ['format', '--write', RESULTS], { stdio: 'ignore' })
}

const HEADINGS = ['µs an answer', 'times the floor', 'quartiles', 'answers/s', 'p50 ms', 'p99', 'p99.9', 'peak MB']

function formatCase({ name, goal, perSecond }: Case, servers: readonly Measured[]): string {
  const rows = [
    [`${name}, latencies at ${perSecond}/s`, ...HEADINGS],
    ...servers.map((one) => [one.server, ...cellsOf(one), ...verdictOf(one, goal)]),
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const lines = rows.map((row) => row.map((cell, column) => aligned(cell, widths[column] ?? 0, column)).join('  '))
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n\n`
}

function aligned(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}

function cellsOf({ microseconds, toFloor, quartiles, perSecond, p50, p99, p999, peakMegabytes }: Measured): string[] {
  return [
    microseconds.toFixed(0),
    toFloor.toFixed(2),
    quartiles.map((value) => value.toFixed(2)).join('-'),
    perSecond.toFixed(0),
    p50.toFixed(1),
    p99.toFixed(1),
    p999.toFixed(1),
    peakMegabytes.toFixed(0),
  ]
}

function verdictOf({ server, toFloor }: Measured, goal: number | null): readonly string[] {
  if (server !== 'Tributary' || goal === null) return []
  return [toFloor <= goal ? `goal ${goal}: met` : `goal ${goal}: missed`]
}
