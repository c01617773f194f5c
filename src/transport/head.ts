import { parseCodings } from './coding.ts'

/** Headers as undici has them. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>

/** What the head of a response says that concerns us, besides its status. */
export interface Head {
  /** The length of the body that it announces; 0 where it does not, and NaN (above no bound) for what is no number. */
  readonly declaredBytes: number
  /** What the body has to be freed of, in that order; null where that cannot be done. */
  readonly codings: readonly string[] | null
  readonly retryAfter: string | undefined
  readonly contentType: string | undefined
  /** Where it redirects to, as it came. Undefined also where there were several, which say nothing together. */
  readonly location: string | undefined
}

/** Before there is a response. */
export const NO_HEAD: Head = {
  declaredBytes: 0,
  codings: [],
  retryAfter: undefined,
  contentType: undefined,
  location: undefined,
}

export function readHead(headers: ResponseHeaders): Head {
  const { location } = headers
  return {
    declaredBytes: Number(one(headers['content-length']) ?? 0),
    codings: parseCodings(one(headers['content-encoding'])),
    retryAfter: one(headers['retry-after']),
    contentType: one(headers['content-type']),
    location: typeof location === 'string' ? location : undefined,
  }
}

/** A header that came more than once counts as the list it is (RFC 9110, section 5.3). */
function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}
