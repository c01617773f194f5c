import { jsonType, okBody, type Row, row } from './row.ts'

/** Response heads that no client should accept. */
export const headerRows: readonly Row[] = [
  written('bare-lf', 'lines that end in LF', 'HTTP/1.1 200 OK\ncontent-type: application/json\ncontent-length: 11\n\n'),
  written('nul-in-header', 'a NUL in a value', 'HTTP/1.1 200 OK\r\nx-nul: a\0b\r\ncontent-length: 11\r\n\r\n'),
  written('cr-in-header', 'a bare CR in a value', 'HTTP/1.1 200 OK\r\nx-cr: a\rb\r\ncontent-length: 11\r\n\r\n'),
  written('space-before-colon', 'a space in a name', 'HTTP/1.1 200 OK\r\ncontent-length : 11\r\n\r\n'),
  written('no-colon', 'a header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\ncontent-length: 11\r\n\r\n'),
  written('bad-status-line', 'a status that is no number', 'HTTP/1.1 abc OK\r\ncontent-length: 11\r\n\r\n'),
  written('bad-version', 'HTTP/7.3', 'HTTP/7.3 200 OK\r\ncontent-length: 11\r\n\r\n'),
  written('http09', 'no head at all, then FIN', '', true),
  row('large-headers', 'a head of a little above bytes (20480), in count (1) headers', async (x) => {
    const count = x.number('count', 1)
    const value = 'x'.repeat(x.number('bytes', 20_480) / count)
    const large = Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-large-${at}`, value]))
    await x.reply({ headers: { ...jsonType, ...large }, body: okBody })
  }),
]

function written(name: string, does: string, head: string, fin = false): Row {
  return row(name, does, async (x) => {
    await x.write(head + okBody)
    if (fin) x.fin()
  })
}
