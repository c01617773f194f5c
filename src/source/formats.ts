import { isUtf8 } from 'node:buffer'
import type { ReadBody } from '../policies/decode.ts'
import { readXml } from './xml.ts'

/** What a source's body is. */
export type Format = 'json' | 'text' | 'xml'

/** Reads the bytes of a body; null where they are not of the format. */
export type ReadFormat = (bytes: Buffer) => ReadBody | null

const BOM = Buffer.from([0xef, 0xbb, 0xbf])

export const FORMATS: Readonly<Record<Format, ReadFormat>> = { json: readJson, text: readText, xml: readXmlBody }

/** What a source is asked for, as an Accept header; a source that knows better sends it all the same. */
export const ACCEPT: Readonly<Record<Format, string>> = {
  json: 'application/json',
  text: 'text/plain, */*;q=0.1',
  xml: 'application/xml, application/rss+xml, application/atom+xml, text/xml;q=0.9, */*;q=0.1',
}

/** RFC 8259, section 8.1: UTF-8; a byte order mark is tolerated. The bytes go on as they came. */
function readJson(bytes: Buffer): ReadBody | null {
  const json = withoutMark(bytes)
  if (!isUtf8(json)) return null
  try {
    return { value: JSON.parse(json.toString()), json }
  } catch {
    return null
  }
}

function readText(bytes: Buffer): ReadBody | null {
  return isUtf8(bytes) ? { value: withoutMark(bytes).toString(), json: null } : null
}

/** XML may say in which encoding it is (XML 1.0, section 4.3.3); feeds often still are ISO-8859-1. */
const ENCODING = /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/

function readXmlBody(bytes: Buffer): ReadBody | null {
  try {
    return { value: readXml(new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)), json: null }
  } catch {
    return null
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
