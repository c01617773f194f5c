/**
 * The `tracestate` header: a list of what tracing systems add for themselves (W3C Trace Context, section 3.3). It is
 * passed on as it came.
 */

const KEY = /^(?:[a-z][a-z\d_*/-]{0,255}|[a-z\d][a-z\d_*/-]{0,240}@[a-z][a-z\d_*/-]{0,13})$/
/** Printable ASCII without comma and equals sign; it does not end with a space. */
const VALUE = /^[ -+\--<>-~]{0,255}[!-+\--<>-~]$/
const MAX_MEMBERS = 32
/** The specification asks to pass on at least so many characters (section 3.3.1.5); we pass on no more. */
const MAX_LENGTH = 512
/** Members above this length are the first to go. */
const LONG_MEMBER = 128

/**
 * Reads the header; Node joins several of them with commas. Returns null for an empty list, and for one that breaks a
 * rule: it is discarded as a whole. From a list that is too long, members are dropped: the long ones, then the last.
 */
export function readTraceState(header: string | undefined): string | null {
  if (header === undefined) return null
  const members = header
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '')
  if (members.length === 0 || members.length > MAX_MEMBERS || !areValid(members)) return null
  const kept = shortened(members)
  return kept.length === 0 ? null : kept.join(',')
}

/** Whether all are `key=value`, and no key is there twice. */
function areValid(members: readonly string[]): boolean {
  const keys = new Set<string>()
  for (const member of members) {
    const equals = member.indexOf('=')
    const key = member.slice(0, Math.max(equals, 0))
    if (!KEY.test(key) || !VALUE.test(member.slice(equals + 1))) return false
    keys.add(key)
  }
  return keys.size === members.length
}

function shortened(members: readonly string[]): readonly string[] {
  if (lengthOf(members) <= MAX_LENGTH) return members
  const kept = members.filter(({ length }) => length <= LONG_MEMBER)
  while (lengthOf(kept) > MAX_LENGTH) kept.pop()
  return kept
}

/** Of the list with its commas. */
function lengthOf(members: readonly string[]): number {
  return members.reduce((sum, { length }) => sum + length + 1, -1)
}
