import { isUtf8 } from 'node:buffer'
import { syntaxErrorAt } from '../json/json-syntax.ts'
import { readXml } from './xml.ts'

/** What a source's body is. */
export type Format = 'json' | 'text' | 'xml'

/** A body that was read: its value, and the JSON text of it where that is at hand. */
export interface ReadBody {
  readonly value: unknown
  /** As it came, but for a byte order mark; null where the value has to be written as JSON first. */
  readonly json: Buffer | null
}

/** The bytes are not of the format; the message says where and why, and quotes nothing of them. */
export class FormatError extends Error {}

/** Reads the bytes of a body. Throws a FormatError where they are not of the format. */
export type ReadFormat = (bytes: Buffer) => ReadBody

const BOM = Buffer.from([0xef, 0xbb, 0xbf])

export const FORMATS: Readonly<Record<Format, ReadFormat>> = { json: readJson, text: readText, xml: readXmlBody }

/** What a source is asked for, as an Accept header; a source that knows better sends it all the same. */
export const ACCEPT: Readonly<Record<Format, string>> = {
  json: 'application/json',
  text: 'text/plain, */*;q=0.1',
  xml: 'application/xml, application/rss+xml, application/atom+xml, text/xml;q=0.9, */*;q=0.1',
}

/** RFC 8259, section 8.1: UTF-8; a byte order mark is tolerated. The bytes go on as they came. */
function readJson(bytes: Buffer): ReadBody {
  const json = withoutMark(bytes)
  const text = utf8(json)
  try {
    return { value: JSON.parse(text), json }
  } catch {
    throw new FormatError(syntaxErrorIn(json))
  }
}

/** Checks that bytes are JSON, and makes no value of them: what it takes is a bit for each level of nesting. */
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

/** The text of bytes in UTF-8. */
function utf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new FormatError(notUtf8(bytes))
  return bytes.toString()
}

/** What is no UTF-8 becomes U+FFFD, which is written back as other bytes. */
function notUtf8(bytes: Buffer): string {
  const again = Buffer.from(bytes.toString())
  return `it is not UTF-8 from byte ${bytes.findIndex((byte, at) => byte !== again[at])}`
}

/** XML may say in which encoding it is (XML 1.0, section 4.3.3); feeds often still are ISO-8859-1. */
const ENCODING = /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/

function readXmlBody(bytes: Buffer): ReadBody {
  try {
    return { value: readXml(new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)), json: null }
  } catch (error) {
    throw new FormatError((error as Error).message)
  }
}

/** A byte order mark counts for more than what is declared behind it, as in RFC 7303, section 3. */
function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (withoutMark(bytes) !== bytes) return 'utf-8'
  return ENCODING.exec(bytes.toString('latin1', 0, 256))?.[1] ?? 'utf-8'
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === BOM[0] && bytes.subarray(0, 3).equals(BOM) ? bytes.subarray(3) : bytes
}
