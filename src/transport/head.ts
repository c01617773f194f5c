import type { ResponseHeader } from '../core/outcome.ts'
import { parseCodings } from './coding.ts'

/** Headers as undici returns them. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>

/** The headers of a response that are used here. */
export interface Head {
  /**
   * Declared length of the body in bytes; 0 if it is not declared, NaN if it is not a number. NaN does not exceed any
   * limit.
   */
  readonly declaredBytes: number
  /** Content codings in the order of decoding; null if they cannot be decoded. */
  readonly codings: readonly string[] | null
  readonly retryAfter: string | undefined
  readonly contentType: string | undefined
  /** The charset in Content-Type, in lower case; null if there is none. */
  readonly charset: string | null
  /** Whether the end of the body is marked: by its length, or by its last chunk. If not, a body may have been cut off. */
  readonly isFramed: boolean
  /** The Location header, unchanged; undefined also if there was more than one, because they contradict each other. */
  readonly location: string | undefined
  /** The headers that are kept, in the order of their names in the configuration. */
  readonly kept: readonly ResponseHeader[]
}

/** The value before a response has started. */
export const NO_HEAD: Head = {
  declaredBytes: 0,
  codings: [],
  retryAfter: undefined,
  contentType: undefined,
  charset: null,
  isFramed: false,
  location: undefined,
  kept: [],
}

/** Reads the relevant headers, and those with the names in `kept`. */
export function readHead(headers: ResponseHeaders, kept: readonly string[] = []): Head {
  const { location } = headers
  return {
    declaredBytes: Number(one(headers['content-length']) ?? 0),
    codings: parseCodings(one(headers['content-encoding'])),
    retryAfter: one(headers['retry-after']),
    contentType: one(headers['content-type']),
    charset: charsetOf(one(headers['content-type'])),
    isFramed: headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined,
    location: typeof location === 'string' ? location : undefined,
    kept: kept.flatMap((name) => [headers[name] ?? []].flat().map((value) => ({ name, value }))),
  }
}

/** The first one counts (MIME Sniffing standard, section 4.4). */
function charsetOf(contentType: string | undefined): string | null {
  const [, quoted, plain = ''] = /;\s*charset=(?:"([^"]*)"|([^\s;,"]*))/i.exec(contentType ?? '') ?? []
  const charset = (quoted ?? plain).trim()
  return charset === '' ? null : charset.toLowerCase()
}

/** Joins a repeated header into a list (RFC 9110, section 5.3). */
function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}
