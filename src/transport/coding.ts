import { promisify } from 'node:util'
import zlib from 'node:zlib'

const inflateZlib = promisify(zlib.inflate)
const inflateRaw = promisify(zlib.inflateRaw)

/** "deflate" is the zlib format (RFC 9110, section 8.4.1.2), but some servers always sent it without zlib's header. */
function inflate(bytes: Buffer, options: { maxOutputLength: number }): Promise<Buffer> {
  const method = (bytes[0] ?? 0) & 0x0f
  return method === 8 ? inflateZlib(bytes, options) : inflateRaw(bytes, options)
}

type Decompress = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const CODINGS: Readonly<Record<string, Decompress>> = {
  gzip: promisify(zlib.gunzip),
  'x-gzip': promisify(zlib.gunzip),
  deflate: inflate,
  br: promisify(zlib.brotliDecompress),
  zstd: promisify(zlib.zstdDecompress),
}

/** Two are rare, more are an attack on whoever undoes them. */
const MAX_CODINGS = 2

/** What a source may send, as an Accept-Encoding. */
export const ACCEPT_ENCODING = 'gzip, br, zstd'

/**
 * The codings that a body has to be freed of, last applied first (RFC 9110, section 8.4); null when one of them is
 * unknown or there are too many.
 */
export function parseCodings(header: string | undefined): readonly string[] | null {
  if (header === undefined) return []
  const names = header
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity')
  const usable = names.length <= MAX_CODINGS && names.every((name) => Object.hasOwn(CODINGS, name))
  return usable ? names.reverse() : null
}

/** A body freed of its codings, or why it cannot be. */
export type Decoded = Buffer | 'too large' | 'broken'

/** Undoes the codings. Stops at `maxBytes` of output, so that a bomb costs no more than an honest body. */
export async function decodeCodings(body: Buffer, codings: readonly string[], maxBytes: number): Promise<Decoded> {
  let decoded = body
  try {
    for (const name of codings) decoded = await (CODINGS[name] as Decompress)(decoded, { maxOutputLength: maxBytes })
    return decoded
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : 'broken'
  }
}
