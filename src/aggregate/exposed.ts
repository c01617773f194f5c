import { formatBytes, MAX_EXPOSED_BYTES } from '../core/limits.ts'
import type { ResponseHeader } from '../core/outcome.ts'
import type { Plan } from './plan.ts'
import type { Settled } from './run.ts'

/** Headers of sources that are headers of the answer (`exposeHeaders`). */

const COOKIE = 'set-cookie'

/** By name, in lower case. Cookies are a list, because they cannot be joined (RFC 6265, section 3). */
export type ExposedHeaders = Readonly<Record<string, string | string[]>>

/** A header of a source that does not fit into the answer. */
export interface UnfitHeader {
  readonly settled: Settled
  readonly name: string
}

/** Why such a header is left out, for logs. */
export const TOO_LARGE = `the headers of sources are above ${formatBytes(MAX_EXPOSED_BYTES)} together`

/** Whether an answer may have headers of sources. */
export function exposes({ nodes }: Plan): boolean {
  return nodes.some((node) => node.exposes)
}

/**
 * The headers that the sources of an answer expose, in the order of the plan: requested sources come first. Of several
 * sources with the same header it is the first one's; of cookies it is all. Those beyond the limit are left out.
 */
export function exposedBy(settled: readonly Settled[]): {
  readonly headers: ExposedHeaders
  readonly unfit: readonly UnfitHeader[]
} {
  const headers = new Map<string, string>()
  const cookies = new Set<string>()
  const unfit: UnfitHeader[] = []
  let bytes = 0
  for (const one of settled) {
    for (const [name, values] of byName(one.outcome.headers ?? [])) {
      if (headers.has(name)) continue
      const texts = (name === COOKIE ? values.map(withoutDomain) : [values.join(', ')]).filter(notIn(cookies))
      const size = texts.reduce((total, text) => total + name.length + text.length, 0)
      if (bytes + size > MAX_EXPOSED_BYTES) {
        unfit.push({ settled: one, name })
        continue
      }
      bytes += size
      if (name === COOKIE) for (const text of texts) cookies.add(text)
      else headers.set(name, texts.join())
    }
  }
  const set = cookies.size === 0 ? {} : { [COOKIE]: [...cookies] }
  return { headers: { ...Object.fromEntries(headers), ...set }, unfit }
}

function byName(headers: readonly ResponseHeader[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { name, value } of headers) found.set(name, [...(found.get(name) ?? []), value])
  return found
}

function notIn(texts: ReadonlySet<string>): (text: string) => boolean {
  return (text) => !texts.has(text)
}

/** A cookie for the domain of the source would be refused for ours; without the attribute it is for our host alone. */
function withoutDomain(cookie: string): string {
  const [pair = '', ...attributes] = cookie.split(';')
  return [pair, ...attributes.filter((attribute) => !/^\s*domain\s*(=|$)/i.test(attribute))].join(';')
}
