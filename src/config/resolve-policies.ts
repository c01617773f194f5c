import type { SourceOptions } from '../source/options.ts'
import { withDefaults } from './schema/parts.ts'
import type { WrittenSource } from './schema.ts'
import { breakerSchema, bulkheadSchema } from './schema-limits.ts'
import { cacheSchema, policyProperties } from './schema-policies.ts'
import { budgetSchema, retrySchema } from './schema-retry.ts'
import { toMs } from './text/units.ts'

type Policies = Pick<SourceOptions, 'retry' | 'budget' | 'breaker' | 'bulkhead' | 'hedge' | 'rateLimit' | 'cache'>

/** Resolves the policies of a source; `written` includes `defaults`. A block that lacks a required key is null. */
export function resolvePolicies(written: WrittenSource): Policies {
  const { retry, breaker, bulkhead } = withDefaults(policyProperties, written)
  return {
    retry: resolveRetry(retry),
    budget: resolveBudget(retry),
    breaker: resolveBreaker(breaker),
    bulkhead: resolveBulkhead(bulkhead),
    hedge: resolveHedge(written.hedge),
    rateLimit: resolveRateLimit(written.rateLimit),
    cache: resolveCache(written.cache),
  }
}

type Block<K extends keyof WrittenSource> = WrittenSource[K]

function resolveRetry(written: Block<'retry'>): Policies['retry'] {
  if (!written) return null
  const { attempts, baseDelay, maxDelay, minTime } = withDefaults(retrySchema.properties, written)
  const maxDelayMs = toMs(maxDelay)
  // a maxDelay below the default of baseDelay lowers baseDelay too
  const baseDelayMs = written.baseDelay === undefined ? Math.min(toMs(baseDelay), maxDelayMs) : toMs(baseDelay)
  return attempts === 1 ? null : { attempts, baseDelayMs, maxDelayMs, minTimeMs: toMs(minTime) }
}

/** Hedges use the same budget, so there is one without `retry` too. */
function resolveBudget(retry: Block<'retry'>): Policies['budget'] {
  const { budget } = withDefaults(retrySchema.properties, retry || {})
  return budget === false ? null : withDefaults(budgetSchema.properties, budget)
}

function resolveBreaker(written: Block<'breaker'>): Policies['breaker'] {
  if (!written) return null
  const { window, minCalls, failureRate, openFor, slowRate } = withDefaults(breakerSchema.properties, written)
  return {
    windowMs: toMs(window),
    minCalls,
    failureRate,
    openForMs: toMs(openFor),
    slowAfterMs: written.slowAfter === undefined ? null : toMs(written.slowAfter),
    slowRate,
  }
}

/** Without a `maxQueue` nothing but the server's own bounds limits how many wait. */
function resolveBulkhead(written: Block<'bulkhead'>): Policies['bulkhead'] {
  if (!written) return null
  const { maxInFlight, maxQueue = Number.POSITIVE_INFINITY } = withDefaults(bulkheadSchema.properties, written)
  return { maxInFlight, maxQueue }
}

function resolveHedge(written: Block<'hedge'>): Policies['hedge'] {
  if (!written) return null
  const { after, maxExtraLoad } = written
  if (after !== undefined) return { afterMs: toMs(after) }
  return maxExtraLoad === undefined ? null : { maxExtraLoad }
}

function resolveRateLimit(written: Block<'rateLimit'>): Policies['rateLimit'] {
  if (!written || written.max === undefined || written.per === undefined) return null
  return { max: written.max, perMs: toMs(written.per) }
}

function resolveCache(written: Block<'cache'>): Policies['cache'] {
  if (!written || written.ttl === undefined) return null
  const { ttl, staleWhileRevalidate, staleIfError } = withDefaults(cacheSchema.properties, written)
  return {
    ttlMs: toMs(ttl),
    staleWhileRevalidateMs: toMs(staleWhileRevalidate),
    staleIfErrorMs: toMs(staleIfError),
  }
}
