/** The block `server.cors`, resolved: which pages of other origins may read answers. */
export interface CorsConfig {
  /** Origins as browsers send them, such as `https://app.example`; or `*` alone, for all. */
  readonly origins: readonly string[]
  /** Whether browsers may send cookies and let the page read the answer nevertheless. */
  readonly credentials: boolean
}

/** Headers of ours that a page may read, beside those that the Fetch standard always allows. */
const EXPOSED = [...['X-Request-Id', 'Aggregate-Partial', 'Server-Timing', 'Retry-After', 'Preference-Applied', 'ETag']]

/** Headers that a page may send, beside those that the Fetch standard always allows. */
const ALLOWED = [
  ...['Authorization', 'X-API-Key', 'Content-Type', 'Prefer', 'If-None-Match', 'X-Request-Id', 'traceparent'],
]

/** How long a browser may keep the answer to a preflight, in seconds. */
const MAX_AGE_SECONDS = 600

type Headers = Readonly<Record<string, string>>

/** The CORS headers of answers (Fetch standard, section 3.2; Resource Timing, section 4.5.1). */
export class Cors {
  /** Whether answers depend on the Origin header, also those to requests without it: caches must know. */
  readonly varies: boolean
  readonly #origins: ReadonlySet<string>
  readonly #credentials: Headers
  readonly #preflight: Headers
  readonly #exposed: string

  /**
   * `forwardHeaders` are the client's headers that sources are sent: a page may send them, too. `exposeHeaders` are those
   * of sources that answers have: a page may read them. No page may read cookies.
   */
  constructor(
    { origins, credentials }: CorsConfig,
    forwardHeaders: readonly string[],
    exposeHeaders: readonly string[] = [],
  ) {
    const readable = exposeHeaders.filter((name) => name !== 'set-cookie')
    this.#exposed = [...new Set([...EXPOSED, ...readable])].join(', ')
    this.#origins = new Set(origins)
    this.varies = !origins.includes('*')
    this.#credentials = credentials ? { 'access-control-allow-credentials': 'true' } : {}
    const known = new Set(ALLOWED.map((name) => name.toLowerCase()))
    const others = [...new Set(forwardHeaders)].filter((name) => !known.has(name))
    this.#preflight = {
      'access-control-allow-headers': [...ALLOWED, ...others].join(', '),
      'access-control-max-age': String(MAX_AGE_SECONDS),
    }
  }

  /** The headers of any answer to a request with this Origin header. */
  headers(origin: string | undefined): Headers {
    if (!this.varies) return this.#allow('*')
    return origin !== undefined && this.#origins.has(origin) ? this.#allow(origin) : {}
  }

  /** Further headers of the answer to a preflight. `methods` are those of the path. */
  preflightHeaders(methods: string): Headers {
    return { ...this.#preflight, 'access-control-allow-methods': methods }
  }

  #allow(origin: string): Headers {
    return {
      'access-control-allow-origin': origin,
      ...this.#credentials,
      'access-control-expose-headers': this.#exposed,
      'timing-allow-origin': origin,
    }
  }
}
