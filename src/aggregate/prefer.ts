/** The supported preferences of a client (RFC 7240). Others are ignored, as the RFC requires. */
export interface Preferences {
  /** `wait`: how many seconds the client is willing to wait; null if not given. */
  readonly waitSeconds: number | null
  /** `handling=strict` or `handling=lenient`; null if not given. */
  readonly handling: 'strict' | 'lenient' | null
}

const NONE: Preferences = { waitSeconds: null, handling: null }

/** Takes linear time on any input, because the client chooses the header. A quote that is not closed ends the list. */
const LIST_MEMBERS = /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g

/** Reads a Prefer header. If a preference is repeated, the first one counts (RFC 7240, section 2). */
export function readPrefer(header: string | undefined): Preferences {
  if (header === undefined) return NONE
  const given = new Map<string, string>()
  for (const member of header.match(LIST_MEMBERS) ?? []) {
    const [name, value] = preference(member)
    if (!given.has(name)) given.set(name, value)
  }
  const wait = given.get('wait') ?? ''
  const waitSeconds = /^[1-9]\d{0,8}$/.test(wait) ? Number(wait) : null
  const handling = given.get('handling')?.toLowerCase()
  return { waitSeconds, handling: handling === 'strict' || handling === 'lenient' ? handling : null }
}

/** The preferences that were honoured, for Preference-Applied. `strict=true` in the query overrides `lenient`. */
export function appliedPreferences({ waitSeconds, handling }: Preferences, strict: boolean): readonly string[] {
  const wait = waitSeconds === null ? [] : [`wait=${waitSeconds}`]
  const isHonoured = handling !== null && strict === (handling === 'strict')
  return isHonoured ? [...wait, `handling=${handling}`] : wait
}

/** Returns name (lower case) and value of `name="value"; parameter`, without quotes and parameters. */
function preference(member: string): readonly [string, string] {
  const [bare = ''] = member.split(';', 1)
  const [name = '', value = ''] = bare.split('=', 2)
  return [name.trim().toLowerCase(), value.trim().replace(/^"([^"]*)"$/, '$1')]
}
