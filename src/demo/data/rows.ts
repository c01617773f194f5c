/** Parses a table: one row per line, cells separated by ` | `. The caller is responsible for the number of columns. */
export function rowsOf<Row extends string[]>(text: string): Row[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(' | ') as Row)
}

/** An instant as both news services write it: in whole seconds, with `Z`. */
export function timeOf(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000', '')
}
