/** One bar of a chart. */
export interface Bar {
  /** The series; bars of the same series have the same colour. */
  readonly name: string
  readonly value: number
  /** The text at its end. */
  readonly label: string
}

/** Bars that are compared with each other. */
export interface BarGroup {
  readonly name: string
  readonly bars: readonly Bar[]
}

const WIDTH = 920
const LEFT = 230
const RIGHT = 150
const TOP = 84
const BAR = 16
const GAP = 14
const MARGIN = 16
/** Blue, grey, orange, green, purple: also told apart without colours, by their order and the labels. */
const COLOURS = ['#1d6fb8', '#9aa5b1', '#d97706', '#2f855a', '#7c3aed']

/** A chart of horizontal bars, as SVG. All bars share one scale, which begins at 0. */
export function barChart(title: string, groups: readonly BarGroup[]): string {
  const series = [...new Set(groups.flatMap(({ bars }) => bars.map(({ name }) => name)))]
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)))
  const scale = (WIDTH - LEFT - RIGHT) / most
  const parts: string[] = []
  let y = TOP
  for (const { name, bars } of groups) {
    parts.push(text(LEFT - 12, y + (bars.length * BAR) / 2 + 5, name, 'end'))
    for (const { name: server, value, label } of bars) {
      const width = Math.max(1, Math.round(value * scale))
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR - 3}" fill="${colourOf(series, server)}" />`,
      )
      parts.push(text(LEFT + width + 6, y + BAR - 5, label, 'start', 12))
      y += BAR
    }
    y += GAP
  }
  return framed(title, y + MARGIN - GAP, [...legend(series), ...parts])
}

function framed(title: string, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="14" fill="#1f2933">`,
    `  <title id="title">${escaped(title)}</title>`,
    `  <rect width="${WIDTH}" height="${height}" rx="10" fill="#ffffff" stroke="#cbd2d9" />`,
    `  ${text(MARGIN, 30, title, 'start', 16)}`,
    ...parts.map((part) => `  ${part}`),
    '</svg>\n',
  ].join('\n')
}

function legend(series: readonly string[]): readonly string[] {
  let x = MARGIN
  return series.flatMap((name) => {
    const at = x
    x += 40 + 8 * name.length
    const box = `<rect x="${at}" y="46" width="13" height="13" fill="${colourOf(series, name)}" />`
    return [box, text(at + 20, 58, name, 'start')]
  })
}

function colourOf(series: readonly string[], name: string): string {
  return COLOURS[series.indexOf(name) % COLOURS.length] ?? '#000000'
}

function text(x: number, y: number, content: string, anchor: 'start' | 'end', size = 14): string {
  return `<text x="${x}" y="${Math.round(y)}" text-anchor="${anchor}" font-size="${size}">${escaped(content)}</text>`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
