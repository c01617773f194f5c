/** What a client prefers (RFC 7240), of what is understood here; the rest is ignored, as the RFC asks. */
export interface Preferences {
  /** `wait`: seconds that the client is willing to wait; null where it does not say. */
  readonly waitSeconds: number | null
  /** `handling=strict`. */
  readonly strict: boolean
  /** What is honoured, for Preference-Applied. */
  readonly applied: readonly string[]
}

const NONE: Preferences = { waitSeconds: null, strict: false, applied: [] }

/** Linear on any input: a header is the client's to choose. A quote that is never closed ends what can be read. */
const LIST_MEMBERS = /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g

/** Reads a Prefer header. A preference given twice counts as first given (RFC 7240, section 2). */
export function readPrefer(header: string | undefined): Preferences {
  if (header === undefined) return NONE
  const given = new Map<string, string>()
  for (const member of header.match(LIST_MEMBERS) ?? []) {
    const [name, value] = preference(member)
    if (!given.has(name)) given.set(name, value)
  }
  const wait = given.get('wait') ?? ''
  const waitSeconds = /^[1-9]\d{0,8}$/.test(wait) ? Number(wait) : null
  const strict = given.get('handling')?.toLowerCase() === 'strict'
  const applied = [...(waitSeconds === null ? [] : [`wait=${waitSeconds}`]), ...(strict ? ['handling=strict'] : [])]
  return { waitSeconds, strict, applied }
}

/** Name in lower case and value of `name="value"; parameter`, the quotes and the parameters left out. */
function preference(member: string): readonly [string, string] {
  const [bare = ''] = member.split(';', 1)
  const [name = '', value = ''] = bare.split('=', 2)
  return [name.trim().toLowerCase(), value.trim().replace(/^"([^"]*)"$/, '$1')]
}
