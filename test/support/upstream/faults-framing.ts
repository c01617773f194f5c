import type { Exchange } from './exchange.ts'
import { chunk } from './plain.ts'
import { okBody, type Row, row } from './row.ts'

/** Bodies with contradictory or invalid lengths. */
export const framingRows: readonly Row[] = [
  row('duplicate-content-length', 'two lengths that differ; with same=1 they do not', async (x) => {
    await framed(x, `content-length: 11\r\ncontent-length: ${x.query.has('same') ? 11 : 12}`)
  }),
  row('garbage-content-length', 'a length of value (eleven)', async (x) => {
    await framed(x, `content-length: ${x.query.get('value') ?? 'eleven'}`)
  }),
  row('negative-content-length', 'a length of -1', (x) => framed(x, 'content-length: -1')),
  row('content-length-with-chunked', 'both a length and chunks', async (x) => {
    await framed(x, 'content-length: 11\r\ntransfer-encoding: chunked', `${chunk(okBody)}0\r\n\r\n`)
  }),
  row('chunked-not-last', 'transfer-encoding: chunked, identity', async (x) => {
    await framed(x, 'transfer-encoding: chunked, identity', `${chunk(okBody)}0\r\n\r\n`)
  }),
  row('bad-chunk-size', 'a chunk of size (xyz) bytes', async (x) => {
    const size = x.query.get('size') ?? 'xyz'
    await framed(x, 'transfer-encoding: chunked', `${size}\r\n${okBody}\r\n0\r\n\r\n`)
  }),
  row('bad-chunk-end', 'a chunk longer than its size', async (x) => {
    await framed(x, 'transfer-encoding: chunked', `5\r\n${okBody}\r\n0\r\n\r\n`)
  }),
  row('content-length-too-large', 'declares 20, sends 11, then FIN', async (x) => {
    await framed(x, 'content-length: 20')
    x.fin()
  }),
  row('content-length-too-small', 'declares 5, sends 11', (x) => framed(x, 'content-length: 5')),
  row('smuggled', 'a second whole answer behind the first, in the same write or delayMs later', async (x) => {
    const first = answer('content-length: 11', okBody)
    const second = answer('content-length: 17', '{"smuggled":true}')
    if (!x.query.has('delayMs')) return void (await x.write(first + second))
    await x.write(first)
    if (await x.sleep(x.number('delayMs', 0))) await x.write(second)
  }),
]

async function framed(x: Exchange, headers: string, body = okBody): Promise<void> {
  await x.write(answer(headers, body))
}

function answer(headers: string, body: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${headers}\r\n\r\n${body}`
}
