import { isUtf8 } from 'node:buffer'
import { syntaxErrorAt } from '../json/json-syntax.ts'
import { parseJson } from '../json/parse.ts'
import { readXml } from './xml.ts'

/** Format of a source's bodies. */
export type Format = 'json' | 'text' | 'xml'

/** A parsed body. */
export interface ReadBody {
  readonly value: unknown
  /** The original bytes without a byte order mark; null if the value still has to be written as JSON. */
  readonly json: Buffer | null
}

/** The bytes are not valid in the format. The message gives the position and the reason, and quotes no data. */
export class FormatError extends Error {}

/**
 * Parses a body. Throws FormatError if it is not valid. `digits` says that an expression reads it, so that numbers are to
 * keep all their digits.
 */
export type ReadFormat = (bytes: Buffer, digits?: boolean) => ReadBody

const BOM = Buffer.from([0xef, 0xbb, 0xbf])

/** The parser of each format. */
export const FORMATS: Readonly<Record<Format, ReadFormat>> = { json: readJson, text: readText, xml: readXmlBody }

/** Default Accept header of each format. Text and XML accept any type, because many sources label them otherwise. */
export const ACCEPT: Readonly<Record<Format, string>> = {
  json: 'application/json',
  text: 'text/plain, */*;q=0.1',
  xml: 'application/xml, application/rss+xml, application/atom+xml, text/xml;q=0.9, */*;q=0.1',
}

/** JSON must be UTF-8; a byte order mark is tolerated (RFC 8259, section 8.1). The bytes are kept unchanged. */
function readJson(bytes: Buffer, digits = false): ReadBody {
  const json = withoutMark(bytes)
  const text = utf8(json)
  try {
    return { value: digits ? parseJson(json) : JSON.parse(text), json }
  } catch {
    throw new FormatError(syntaxErrorIn(json))
  }
}

/**
 * Validates JSON without creating values: memory is one bit per level of nesting. Returns the bytes without a byte
 * order mark. Throws FormatError.
 */
export function checkJson(bytes: Buffer): Buffer {
  const json = withoutMark(bytes)
  if (!isUtf8(json)) throw new FormatError(notUtf8(json))
  if (syntaxErrorAt(json) !== null) throw new FormatError(syntaxErrorIn(json))
  return json
}

function syntaxErrorIn(json: Buffer): string {
  const at = syntaxErrorAt(json)
  return at === json.length ? `it ends too early, after ${at} bytes` : `a syntax error at byte ${at}`
}

function readText(bytes: Buffer): ReadBody {
  utf8(bytes)
  return { value: withoutMark(bytes).toString(), json: null }
}

/** Decodes UTF-8. Throws FormatError. */
function utf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new FormatError(notUtf8(bytes))
  return bytes.toString()
}

/** Finds the first invalid byte: it decodes to U+FFFD, which encodes to other bytes. */
function notUtf8(bytes: Buffer): string {
  const again = Buffer.from(bytes.toString())
  return `it is not UTF-8 from byte ${bytes.findIndex((byte, at) => byte !== again[at])}`
}

/** XML can declare its encoding (XML 1.0, section 4.3.3); many feeds are still ISO-8859-1. */
const ENCODING = /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/

function readXmlBody(bytes: Buffer): ReadBody {
  try {
    return { value: readXml(new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)), json: null }
  } catch (error) {
    throw new FormatError((error as Error).message)
  }
}

/** A byte order mark takes precedence over the declaration (RFC 7303, section 3). */
function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (withoutMark(bytes) !== bytes) return 'utf-8'
  return ENCODING.exec(bytes.toString('latin1', 0, 256))?.[1] ?? 'utf-8'
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === BOM[0] && bytes.subarray(0, 3).equals(BOM) ? bytes.subarray(3) : bytes
}
