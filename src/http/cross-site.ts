import type { IncomingHttpHeaders } from 'node:http'

/** What decides whether a page of another site may cause a request. */
export interface SiteOptions {
  /** The host that the client asked, with its port where that is not the default. */
  readonly host: string
  /** `cors.origins`: pages of these origins may; `*` means all. */
  readonly origins: readonly string[]
}

/**
 * Whether a page of another site has caused the request. Browsers send the user's cookies and addresses with it, so that
 * a page could change something in the user's name (OWASP, "Cross-Site Request Forgery Prevention"). `Sec-Fetch-Site`
 * says so (Fetch Metadata, section 2.3); older browsers send `Origin` with every request but GET and HEAD. Clients
 * that are no browsers send neither.
 */
export function isCrossSite(headers: IncomingHttpHeaders, { host, origins }: SiteOptions): boolean {
  const { origin, 'sec-fetch-site': site } = headers
  if (origin !== undefined && (origins.includes('*') || origins.includes(origin))) return false
  const isOther = OTHER_SITES.get(String(site))
  if (isOther !== undefined) return isOther
  return origin !== undefined && hostOf(origin) !== withoutPort(host, origin)
}

/** The values of `Sec-Fetch-Site`, and whether each names another site. Other texts say nothing, so `Origin` decides. */
const OTHER_SITES: ReadonlyMap<string, boolean> = new Map([
  ['cross-site', true],
  ['same-site', true],
  ['same-origin', false],
  ['none', false],
])

/** Host and port of an origin; null for `null` and other texts that are no origin. */
function hostOf(origin: string): string | null {
  return URL.parse(origin)?.host || null
}

/** The host without the default port of the origin's scheme: a proxy may have ended TLS, so ours is not known. */
function withoutPort(host: string, origin: string): string {
  const standard = origin.startsWith('https:') ? ':443' : ':80'
  const lower = host.toLowerCase()
  return lower.endsWith(standard) ? lower.slice(0, -standard.length) : lower
}
