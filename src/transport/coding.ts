import { promisify } from 'node:util'
import zlib from 'node:zlib'

const inflateZlib = promisify(zlib.inflate)
const inflateRaw = promisify(zlib.inflateRaw)

/**
 * "deflate" is the zlib format (RFC 9110, section 8.4.1.2), but some servers send raw deflate data without the zlib
 * header.
 */
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

/** Maximum number of codings of one body. Two are rare; more are likely a decompression attack. */
const MAX_CODINGS = 2

/** Names for a body that is not encoded; the last two are mistakes that servers make. */
const NO_CODINGS = ['identity', 'none', 'utf-8']

/** The Accept-Encoding header of every request. */
export const ACCEPT_ENCODING = 'gzip, br, zstd'

/**
 * Parses Content-Encoding. Returns the codings in the order of decoding, which is last applied first (RFC 9110, section
 * 8.4); null if one is unknown or there are too many.
 */
export function parseCodings(header: string | undefined): readonly string[] | null {
  if (header === undefined) return []
  const names = header
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && !NO_CODINGS.includes(name))
  const usable = names.length <= MAX_CODINGS && names.every((name) => Object.hasOwn(CODINGS, name))
  return usable ? names.reverse() : null
}

/** A decoded body, or why it could not be decoded. */
export type Decoded = Buffer | 'too large' | 'broken'

/**
 * Decodes the codings in order. A body that claims gzip and does not begin like it is plain: some servers label what a
 * cache or a filter has decompressed. That is certain only for gzip, which always begins with its mark. Stops at `maxBytes` of output, so that a decompression bomb is harmless. Does not
 * reject.
 */
export async function decodeCodings(body: Buffer, codings: readonly string[], maxBytes: number): Promise<Decoded> {
  if (codings.length === 1 && GZIP.includes(String(codings[0])) && !beginsAsGzip(body)) return body
  let decoded = body
  try {
    for (const name of codings) decoded = await (CODINGS[name] as Decompress)(decoded, { maxOutputLength: maxBytes })
    return decoded
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : 'broken'
  }
}

const GZIP = ['gzip', 'x-gzip']

/** RFC 1952, section 2.3.1. One byte may be the rest of a body that was cut off. */
function beginsAsGzip(body: Buffer): boolean {
  return body[0] === 0x1f && (body.length === 1 || body[1] === 0x8b)
}
