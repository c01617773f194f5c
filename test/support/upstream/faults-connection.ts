import type { Exchange } from './exchange.ts'
import { chunk, ok } from './plain.ts'
import { jsonType, okBody, type Row, row } from './row.ts'

/** Connections that end at the wrong moment. Bytes written before a cut have delayMs (20) to arrive. */
export const connectionRows: readonly Row[] = [
  row('fin-before-headers', 'FIN instead of an answer, after delayMs (0)', (x) => cutLater(x, 'fin', 0)),
  row('rst-before-headers', 'RST instead of an answer, after delayMs (0)', (x) => cutLater(x, 'rst', 0)),
  row('fin-in-headers', 'half the headers, then FIN', (x) => after(x, halfHead, 'fin')),
  row('rst-in-headers', 'half the headers, then RST', (x) => after(x, halfHead, 'rst')),
  row('fin-in-body', 'a length of 1000, a part of it, then FIN', (x) => after(x, partBody, 'fin')),
  row('rst-in-body', 'a length of 1000, a part of it, then RST', (x) => after(x, partBody, 'rst')),
  row('cut-chunks', 'a whole chunk, no last one, then FIN, or how=rst; inside=1 cuts inside a chunk', async (x) => {
    await x.write(chunkedHead)
    const part = x.query.has('inside') ? 'ff\r\n{"ok":' : chunk(okBody)
    await after(x, part, x.query.get('how') ?? 'fin')
  }),
  row('http10-cut', 'HTTP/1.0 without a length, ended by FIN in the middle of its JSON', (x) =>
    after(x, 'HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{"ok":', 'fin'),
  ),
  row(
    'idle-close',
    'as ok, then FIN, or how=rst, after afterMs (50) of idleness; hint=5 names it in keep-alive',
    idleClose,
  ),
  row(
    'close-on-reuse',
    "as ok for a connection's first request; a later one gets FIN, or how=rst, as it arrives",
    async (x) => {
      if (x.nthOnConnection === 1) return ok(x)
      x.cut(x.query.get('how') ?? 'fin')
    },
  ),
  row('flapping', 'pattern (of) over and over: o = as ok, f = 503, r = RST', async (x) => {
    const pattern = x.query.get('pattern') ?? 'of'
    const now = pattern[(x.nth - 1) % pattern.length]
    if (now === 'o') return ok(x)
    if (now === 'r') return x.rst()
    await x.reply({ status: 503 })
  }),
]

const halfHead = 'HTTP/1.1 200 OK\r\ncontent-type: appli'
const partBody = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"ok":true'
const chunkedHead = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n'

async function after(x: Exchange, bytes: string | Uint8Array, how: string): Promise<void> {
  await x.write(bytes)
  await cutLater(x, how, 20)
}

async function cutLater(x: Exchange, how: string, otherwiseMs: number): Promise<void> {
  if (await x.sleep(x.number('delayMs', otherwiseMs))) x.cut(how)
}

async function idleClose(x: Exchange): Promise<void> {
  const hint = x.query.get('hint')
  await x.reply({ headers: hint === null ? jsonType : { ...jsonType, 'keep-alive': `timeout=${hint}` }, body: okBody })
  // Not awaited, so that a next request that arrives in time is served.
  void x.idle(x.number('afterMs', 50)).then((idle) => idle && x.cut(x.query.get('how') ?? 'fin'))
}
