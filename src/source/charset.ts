import { isUtf8 } from 'node:buffer'
import { type Format, FormatError } from './formats.ts'

/** Bodies in other encodings than UTF-8, as the charset in Content-Type says. */

const BOM = Buffer.from([0xef, 0xbb, 0xbf])

/** Characters that no JSON can hold as they are. UTF-16 and ISO-2022-JP have them in what looks like ASCII. */
const [NUL, ESCAPE] = [0x00, 0x1b]

/**
 * Returns a body in UTF-8, for the parser of the format. A byte order mark takes precedence over the charset (Encoding
 * standard, section 4.2; RFC 7303, section 3), and JSON that is UTF-8 is read as that, whatever its label. XML gets a
 * mark, because its declaration may name the encoding that it had. Throws FormatError if the charset is unknown, or if
 * the bytes are not valid in it.
 */
export function inUtf8(bytes: Buffer, format: Format, charset: string | null): Buffer {
  if (charset === null || bytes.subarray(0, 3).equals(BOM)) return bytes
  if (format === 'json' && isUtf8(bytes) && !bytes.includes(NUL) && !bytes.includes(ESCAPE)) return bytes
  const decoder = decoderOf(markedAs(bytes) ?? charset)
  if (decoder.encoding === 'utf-8' && (format !== 'xml' || !isUtf8(bytes))) return bytes
  const text = Buffer.from(decoded(bytes, decoder))
  return format === 'xml' ? Buffer.concat([BOM, text]) : text
}

type Decoder = InstanceType<typeof TextDecoder>

function markedAs(bytes: Buffer): string | null {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : null
}

function decoderOf(label: string): Decoder {
  try {
    return new TextDecoder(label, { fatal: true })
  } catch {
    throw new FormatError('the charset in its Content-Type is unknown')
  }
}

function decoded(bytes: Buffer, decoder: Decoder): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new FormatError(`it is not valid in ${decoder.encoding}, the charset in its Content-Type`)
  }
}
