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
    location: typeof location === 'string' ? location : undefined,
    kept: kept.flatMap((name) => [headers[name] ?? []].flat().map((value) => ({ name, value }))),
  }
}

/** Joins a repeated header into a list (RFC 9110, section 5.3). */
function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}
