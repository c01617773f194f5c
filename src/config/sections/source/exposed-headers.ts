import { isHeaderName } from './headers.ts'

/** Which headers of a source can be headers of our answers. */

/** Names that cannot, and why, as the end of a sentence. */
const REFUSED: readonly (readonly [names: RegExp, why: string])[] = [
  [
    /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|http2-settings|alt-.*|proxy-.*)$/,
    "is about one connection, which is not the client's; leave it out",
  ],
  [/^content-/, 'is about the body of the source, not about that of this answer; leave it out'],
  [/^(?:access-control-.*|timing-allow-origin)$/, 'is for pages of other origins; write server.cors instead'],
  [
    /^(?:cache-control|age|expires|etag|last-modified|pragma|vary|warning|surrogate-.*|.*cdn-.*|accept-ranges)$/,
    'is about caches, and the answer has other lifetimes than the source; leave it out',
  ],
  [
    /^(?:cross-origin-.*|origin-agent-cluster|referrer-policy|permissions-policy|feature-policy|document-policy|strict-transport-security|public-key-pins.*|expect-ct|x-content-type-options|x-dns-prefetch-control|x-download-options|x-frame-options|x-permitted-cross-domain-policies|x-xss-protection|clear-site-data|nel|report-to|reporting-endpoints|origin-trial|service-worker-.*|speculation-rules|sourcemap|x-sourcemap|sec-.*)$/,
    'would change what browsers allow or forget for this whole service; leave it out',
  ],
  [
    /^(?:x-accel-.*|x-sendfile.*|x-lighttpd-.*|x-reproxy-.*|x-litespeed-.*)$/,
    'is an order to a proxy in front of this service; leave it out',
  ],
  [/^(?:location|refresh)$/, 'would lead clients away from this service; leave it out'],
  [
    /^(?:date|server|allow|www-authenticate|retry-after|x-request-id|aggregate-partial|server-timing|preference-applied|ratelimit.*|set-cookie2)$/,
    'is a header with which this service speaks of itself; leave it out',
  ],
]

/** Why a header cannot be exposed, as the end of a sentence; null if it can. `name` is in lower case. */
export function exposedProblem(name: string): string | null {
  if (name.includes('*')) return 'is a wildcard, which is not possible; name each header, as in [x-total-count, link]'
  if (!isHeaderName(name)) return 'is no valid header name; it holds letters, digits and "-"'
  return REFUSED.find(([names]) => names.test(name))?.[1] ?? null
}
