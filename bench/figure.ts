/** One measured number, and the range that is promised for it. */
export interface Figure {
  readonly name: string
  readonly value: number
  /** The unit of the value; '' for a plain number. */
  readonly unit: 'ms' | 'µs' | '×' | 'MB' | ''
  /** The promised range; absent if nothing is promised. */
  readonly bar?: { readonly atLeast?: number; readonly atMost: number }
}

/** Formats figures as lines with aligned columns. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [figure.name, written(figure), barOf(figure), verdictOf(figure)])
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `  ${line(row, widths)}\n`).join('')
}

function line([name = '', value = '', bar = '', verdict = '']: readonly string[], widths: readonly number[]): string {
  const [nameWidth = 0, valueWidth = 0, barWidth = 0] = widths
  return `${name.padEnd(nameWidth)}  ${value.padStart(valueWidth)}  ${bar.padEnd(barWidth)}  ${verdict}`.trimEnd()
}

function written({ value, unit }: Figure): string {
  if (unit === '×') return `${value.toFixed(2)} ×`
  return unit === '' ? String(value) : `${value.toFixed(1)} ${unit}`
}

function barOf({ bar, unit }: Figure): string {
  if (bar === undefined) return ''
  const from = bar.atLeast === undefined ? 'at most' : `${bar.atLeast} to`
  return `${from} ${bar.atMost} ${unit}`.trimEnd()
}

function verdictOf({ value, bar }: Figure): string {
  if (bar === undefined) return ''
  if (value > bar.atMost) return 'above the bar'
  return value < (bar.atLeast ?? Number.NEGATIVE_INFINITY) ? 'below the bar' : 'ok'
}

/** The value that `share` (0 to 1) of the values do not exceed (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}
