/** Markdown (CommonMark) for the descriptions in the document. */

/** A value as inline code: a string unchanged, anything else as JSON. Backticks in it need a longer fence. */
export function inCode(value: unknown): string {
  const text = typeof value === 'string' && value.trim() !== '' ? value : JSON.stringify(value)
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const space = longest > 0 ? ' ' : ''
  return `${fence}${space}${text.replaceAll(/\s+/g, ' ')}${space}${fence}`
}

/** A table with these rows. */
export function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}
