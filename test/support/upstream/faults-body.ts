import type { Exchange } from './exchange.ts'
import { chunk } from './plain.ts'
import { jsonType, mostBytes, type Row, row } from './row.ts'

/** Endless and very large bodies. */
export const bodyRows: readonly Row[] = [
  row(
    'endless-body',
    'chunks as fast as they are read, up to 64 MB; framing=close for a body without a length',
    endless,
  ),
  row('huge-declared', 'a length of 1 GB, 1 KB of it, then nothing', async (x) => {
    await x.reply({ headers: { ...jsonType, 'content-length': 2 ** 30 }, body: Buffer.alloc(1024, ' ') })
    await x.untilGone()
  }),
]

async function endless(x: Exchange): Promise<void> {
  const bare = x.query.get('framing') === 'close'
  const framing = bare ? 'connection: close' : 'transfer-encoding: chunked'
  await x.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${framing}\r\n\r\n`)
  const piece = Buffer.alloc(64 * 1024, ' ')
  const bytes = bare ? piece : chunk(piece)
  for (let sent = 0; sent < mostBytes; sent += piece.length) if (!(await x.write(bytes))) return
  x.fin()
}
