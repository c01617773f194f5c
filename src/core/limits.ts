/** The bounds of requests and answers (contract, "Limits"), in one place: what enforces them and what tells of them. */

/** Of a request's URL; above it 414. */
export const MAX_URL_BYTES = 8 * 1024
/** Of a request's headers together; above it 431. */
export const MAX_HEADER_BYTES = 16 * 1024
/** Of one POST /aggregate. */
export const MAX_BATCH_REQUESTS = 20
/** Sources that one answer may show. */
export const MAX_SOURCES = 64
/** Sources that one answer may ask: those that it shows, and those that they need. An item of a list counts as none. */
export const MAX_PLANNED = 4 * MAX_SOURCES
/** Of the headers of a source's answer; above it http_response_header_section_size. */
export const MAX_UPSTREAM_HEADER_BYTES = 16 * 1024
/** What a response of a source may take on the wire beyond twice its `maxBytes`; above it http_protocol_error. */
export const MAX_UPSTREAM_OVERHEAD_BYTES = 128 * 1024
/** Characters of ids, and of the names of parameters and values. */
export const MAX_NAME_LENGTH = 63
/** Query keys that speak of the answer as a whole, so that no source's parameter can have their names. */
export const RESERVED_KEYS: readonly string[] = ['sources', 'deadlineMs', 'strict', 'explain']

const KIB = 1024

/** A size for people: `32 MiB`, `64 KiB`, `1000 bytes`. */
export function formatBytes(bytes: number): string {
  if (bytes % KIB ** 2 === 0) return `${bytes / KIB ** 2} MiB`
  return bytes % KIB === 0 ? `${bytes / KIB} KiB` : `${bytes} bytes`
}
