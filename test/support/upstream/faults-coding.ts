import { promisify } from 'node:util'
import { brotliCompress, constants, deflate, deflateRaw, gzip, gzipSync, zstdCompress } from 'node:zlib'
import { bodyOf } from './plain.ts'
import { jsonType, okBody, type Row, row } from './row.ts'

/** Compressed bodies, valid and broken. */
export const codingRows: readonly Row[] = [
  coded('coded', 'as ok, in coding (gzip), deflate, deflate-raw (sent as deflate), br, zstd', (x) => x),
  coded('coded-cut', 'as coded, but the compressed bytes stop half way', (x) => x.subarray(0, x.length / 2)),
  coded('coded-damaged', 'as coded, but the compressed bytes are wrong in the middle', (x) => {
    return Buffer.from(x.map((byte, at) => (at >= x.length / 3 ? byte ^ 0x5a : byte)))
  }),
  coded('coded-trailing', 'as coded, with junk behind the compressed bytes', (x) =>
    Buffer.concat([x, Buffer.from('junk')]),
  ),
  coded('coded-not', 'as coded, but the body is not compressed', () => Buffer.from(okBody)),
  row('bomb', 'mb (32) MB in coding (gzip); a JSON string', async (x) => {
    const coding = x.query.get('coding') ?? 'gzip'
    await x.reply({ headers: codingHeaders(coding), body: await bomb(coding, x.number('mb', 32)) })
  }),
  row('unknown-coding', 'content-encoding of coding (x-rot13), a plain body', async (x) => {
    await x.reply({ headers: codingHeaders(x.query.get('coding') ?? 'x-rot13'), body: okBody })
  }),
  row('nested-coding', 'gzip, times (6) over', async (x) => {
    const times = Array.from({ length: x.number('times', 6) }, () => 'gzip')
    const body = times.reduce<Buffer>((inner) => gzipSync(inner), Buffer.from(bodyOf(x)))
    await x.reply({ headers: codingHeaders(times.join(', ')), body })
  }),
]

type Compress = (bytes: Buffer) => Promise<Buffer>

const codings: Record<string, Compress> = {
  gzip: promisify<Buffer, Buffer>(gzip),
  deflate: promisify<Buffer, Buffer>(deflate),
  'deflate-raw': promisify<Buffer, Buffer>(deflateRaw),
  // Brotli's default quality takes seconds to make a bomb.
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  zstd: promisify<Buffer, Buffer>(zstdCompress),
}

async function compress(coding: string, bytes: Buffer): Promise<Buffer> {
  const how = codings[coding]
  if (how === undefined) throw new Error(`no such coding: ${coding}`)
  return how(bytes)
}

function coded(name: string, does: string, change: (compressed: Buffer) => Buffer): Row {
  return row(name, does, async (x) => {
    const coding = x.query.get('coding') ?? 'gzip'
    const body = change(await compress(coding, Buffer.from(bodyOf(x))))
    await x.reply({ headers: codingHeaders(coding), body })
  })
}

function codingHeaders(coding: string): Record<string, string> {
  return { ...jsonType, 'content-encoding': coding === 'deflate-raw' ? 'deflate' : coding }
}

const bombs = new Map<string, Promise<Buffer>>()

function bomb(coding: string, mb: number): Promise<Buffer> {
  const key = `${coding} ${mb}`
  const made = bombs.get(key) ?? compress(coding, Buffer.from(JSON.stringify('a'.repeat(mb * 2 ** 20 - 2))))
  bombs.set(key, made)
  return made
}
