const SECONDS = /^\d+$/

/** The three forms of an HTTP date (RFC 9110, section 5.6.7). The last has no time zone and means UTC. */
const DATES = [
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
]

/**
 * Parses Retry-After (RFC 9110, section 10.2.3). Returns milliseconds from `wallClockMs`, 0 for a date in the past, and
 * null if the value is neither whole seconds nor a date.
 */
export function parseRetryAfter(header: string | undefined, wallClockMs: number): number | null {
  const value = header?.trim() ?? ''
  if (SECONDS.test(value)) return Math.min(Number(value) * 1000, Number.MAX_SAFE_INTEGER)
  if (!DATES.some((form) => form.test(value))) return null
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`)
  return Number.isNaN(at) ? null : Math.max(0, at - wallClockMs)
}
