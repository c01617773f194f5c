import { type ExposedHeaders, exposes } from './exposed.ts'
import type { Plan } from './plan.ts'
import type { Settled } from './run.ts'

/** What the freshness of an answer depends on besides its sources. */
export interface FreshnessOptions {
  /** Current time on the scale of `Clock.now()`, in milliseconds. */
  readonly now: number
  /** Whether every answer is for one client only. */
  readonly isPrivate: boolean
  /** Headers of sources that are headers of the answer. */
  readonly exposed: ExposedHeaders
}

/**
 * The Cache-Control of an answer (RFC 9111, section 5.2.2). Sources that were only needed by others count, too: the
 * answer is as fresh as what it was made of. What upstreams say about caching is not consulted.
 */
export function cacheControl(plan: Plan, settled: readonly Settled[], options: FreshnessOptions): string {
  const isPrivate = options.isPrivate || plan.nodes.some((node) => node.isPersonal) || exposes(plan)
  return `${lifetime(plan, settled, options)}${isPrivate ? ', private' : ''}`
}

function lifetime(plan: Plan, settled: readonly Settled[], { now, exposed }: FreshnessOptions): string {
  // caches keep cookies, too
  if ('set-cookie' in exposed) return 'no-store'
  if (!plan.isStorable || settled.some(({ outcome }) => outcome.failure !== null)) return 'no-store'
  const left = settled.map((one) => leftMs(one, now))
  const known = left.filter((ms) => ms !== null)
  // a source without a cache is asked by every request
  if (known.length < left.length || known.length === 0) return 'no-cache'
  const shortest = Math.min(...known)
  return Number.isFinite(shortest) ? `max-age=${Math.floor(shortest / 1000)}` : 'no-cache'
}

/** How long the data of a source is still fresh, in milliseconds; null if it has no cache. */
function leftMs({ outcome, record }: Settled, now: number): number | null {
  const { freshForMs } = outcome
  return freshForMs === null ? null : Math.max(0, freshForMs - (now - record.endedAt))
}
