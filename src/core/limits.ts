/**
 * Limits of requests and answers (contract, "Limits"). Both the code that enforces them and the documentation of the
 * API use these constants.
 */

/** Length of a client's request URL; above it the status is 414. */
export const MAX_URL_BYTES = 8 * 1024
/** Total size of a client's request headers; above it the status is 431. */
export const MAX_HEADER_BYTES = 16 * 1024
/** Requests in one POST /aggregate. */
export const MAX_BATCH_REQUESTS = 20
/** Sources whose data one answer may contain. */
export const MAX_SOURCES = 64
/**
 * Sources that one answer may call: those in its data, and those that these depend on. Items of a list do not count.
 */
export const MAX_PLANNED = 4 * MAX_SOURCES
/** Origins of one source: each has its own connections, breaker and series of metrics. */
export const MAX_ORIGINS = 32
/** Total size of the headers of an upstream response; above it the failure is http_response_header_section_size. */
export const MAX_UPSTREAM_HEADER_BYTES = 16 * 1024
/**
 * Bytes that an upstream response may take on the wire in addition to twice the source's `maxBytes`; above it the
 * failure is http_protocol_error.
 */
export const MAX_UPSTREAM_OVERHEAD_BYTES = 128 * 1024
/** What `errorDetails` may yield, as JSON text; what is larger is left out. */
export const MAX_DETAILS_BYTES = 4 * 1024
/** Names and values of the headers of sources that one answer exposes; what is beyond is left out. */
export const MAX_EXPOSED_BYTES = 8 * 1024
/** Length of ids and of names of parameters and values, in characters. */
export const MAX_NAME_LENGTH = 63
/** Query keys that configure the whole answer. Parameters of sources cannot have these names. */
export const RESERVED_KEYS: readonly string[] = ['sources', 'deadlineMs', 'strict', 'explain', 'simulate']

const KIB = 1024

/** Formats a size: `32 MiB`, `64 KiB`, `1000 bytes`. */
export function formatBytes(bytes: number): string {
  if (bytes % KIB ** 2 === 0) return `${bytes / KIB ** 2} MiB`
  return bytes % KIB === 0 ? `${bytes / KIB} KiB` : `${bytes} bytes`
}
