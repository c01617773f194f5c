/** Text as Markdown (CommonMark), as descriptions of the document have it. */

/** A value as code: a string as it is, anything else as JSON. Backticks within it need a longer fence. */
export function inCode(value: unknown): string {
  const text = typeof value === 'string' && value.trim() !== '' ? value : JSON.stringify(value)
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const space = longest > 0 ? ' ' : ''
  return `${fence}${space}${text.replaceAll(/\s+/g, ' ')}${space}${fence}`
}

/** Rows as a table. */
export function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}
