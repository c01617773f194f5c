import type { Exchange } from './exchange.ts'
import { chunk, ok } from './plain.ts'
import { jsonType, okBody, type Row, row } from './row.ts'

/** Responses that take too long, each at a different point. */
export const timeRows: readonly Row[] = [
  row('silent', 'reads the request, never answers', (x) => x.untilGone()),
  row('late', 'as ok, after delayMs (1000)', async (x) => {
    if (await x.sleep(x.number('delayMs', 1000))) await x.reply({ headers: jsonType, body: okBody })
  }),
  row('drip-headers', 'a whole answer, a byte each gapMs (20)', async (x) => {
    await drip(x, `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n${okBody}`)
  }),
  row('stall-in-headers', 'half the headers, then nothing', async (x) => {
    await x.write('HTTP/1.1 200 OK\r\ncontent-type: appli')
    await x.untilGone()
  }),
  row('stall-in-body', 'a length of 1000, 10 bytes of it, then nothing', async (x) => {
    await x.reply({ headers: { ...jsonType, 'content-length': 1000 }, body: '{"ok":true' })
    await x.untilGone()
  }),
  row('drip-body', 'chunks of one byte each gapMs (20), for ever', async (x) => {
    await x.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n')
    await x.write(chunk('['))
    while (await x.sleep(x.number('gapMs', 20))) await x.write(chunk(' '))
  }),
  row('endless-103', 'a 103 each gapMs (5), for ever', async (x) => {
    while (await x.sleep(x.number('gapMs', 5))) await x.write(earlyHints)
  }),
  row('interim', 'count (2) interim answers of code (103), then as ok', async (x) => {
    const interim = `HTTP/1.1 ${x.number('code', 103)} Interim\r\nlink: </a>\r\n\r\n`
    await x.write(interim.repeat(x.number('count', 2)))
    await ok(x)
  }),
  row('continue-unasked', '100 Continue that nobody expects, then as ok', async (x) => {
    await x.write('HTTP/1.1 100 Continue\r\n\r\n')
    await ok(x)
  }),
]

const earlyHints = 'HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n'

async function drip(x: Exchange, text: string): Promise<void> {
  for (const byte of text) if (!(await x.write(byte)) || !(await x.sleep(x.number('gapMs', 20)))) return
}
