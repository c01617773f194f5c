import { type Call, keyOf, newRecord, type Policy, type SourceCall } from '../core/call.ts'
import { Cancel } from '../core/cancel.ts'
import { type Clock, NO_DEADLINE } from '../core/deadline.ts'
import type { CacheRead, Events } from '../core/events.ts'
import { failure } from '../core/failure.ts'
import { failed, type Outcome } from '../core/outcome.ts'
import type { Cached, CacheStore } from '../core/store.ts'

/** How long a cached value is used. */
export interface CacheLimits {
  /** How long a value is fresh, in milliseconds. */
  readonly ttlMs: number
  /**
   * How long after that a stale value is served while it is refreshed in the background, in milliseconds (RFC 5861,
   * section 3).
   */
  readonly staleWhileRevalidateMs: number
  /** How long after `ttlMs` a stale value may replace a failure, in milliseconds (RFC 5861, section 4). */
  readonly staleIfErrorMs: number
}

/** Dependencies of the cache policy. */
export interface CacheDependencies {
  readonly store: CacheStore
  readonly clock: Clock
  /** Receives `cache` for each lookup and `refresh` for each background call. */
  readonly events: Events
}

/** A store that takes longer than this, in milliseconds, counts as empty: waiting longer would delay the call. */
const READ_MS = 50

/** How long a value must be stored, in milliseconds; 0 if the cache is used only for coalescing. */
export function keepMsOf({ ttlMs, staleWhileRevalidateMs, staleIfErrorMs }: CacheLimits): number {
  return ttlMs + Math.max(staleWhileRevalidateMs, staleIfErrorMs)
}

/** Serves cached values: fresh; stale, with a refresh in the background; or stale instead of a failure. */
export function cache(limits: CacheLimits, { store, clock, events }: CacheDependencies): Policy {
  const live = (outcome: Outcome): Outcome =>
    outcome.failure === null ? { ...outcome, freshForMs: limits.ttlMs } : outcome
  return (next) => {
    const refresh = refresher(next, clock, events)
    return async (call) => {
      const readAt = clock.now()
      const cached = await read(store, call, clock)
      const result = resultOf(cached, limits)
      // a simulated call must end as it was asked to
      const isSimulated = call.simulation !== undefined
      if (!isSimulated) events.emit('cache', { call, result })
      if (cached === null) return live(await next(call))
      if (result === 'hit' && !isSimulated) return served(cached, 'cache', limits.ttlMs - cached.ageMs)
      if (result === 'stale' && !isSimulated) {
        refresh(call)
        return served(cached, 'stale', 0)
      }
      const outcome = await next(call)
      if (outcome.failure === null || cached.body === null) return live(outcome)
      const ageMs = cached.ageMs + clock.now() - readAt
      const usable = ageMs - limits.ttlMs < limits.staleIfErrorMs
      return usable ? { ...outcome, body: cached.body, from: 'stale', ageMs, freshForMs: 0 } : outcome
    }
  }
}

function resultOf(cached: Cached | null, limits: CacheLimits): CacheRead['result'] {
  if (cached === null) return 'miss'
  const staleMs = cached.ageMs - limits.ttlMs
  if (staleMs < 0) return 'hit'
  return staleMs < limits.staleWhileRevalidateMs ? 'stale' : 'miss'
}

function served({ body, ageMs }: Cached, from: 'cache' | 'stale', freshForMs: number): Outcome {
  return { body, failure: null, upstreamStatus: null, from, ageMs, freshForMs, attemptMs: 0 }
}

function read(store: CacheStore, call: Call, clock: Clock): Promise<Cached | null> {
  if (call.cancel.reason !== null) return Promise.resolve(null)
  return new Promise((resolve) => {
    const done = (cached: Cached | null): void => {
      clock.clearTimeout(timer)
      stop()
      resolve(cached)
    }
    const timer = clock.setTimeout(() => done(null), READ_MS)
    const stop = call.cancel.onCancel(() => done(null))
    store.get(keyOf(call)).then(done, () => done(null))
  })
}

/**
 * Refreshes a value in the background. Only the timeout of the source ends the call; the client that caused it may
 * disconnect. The fill policy stores the result. One refresh per key at a time.
 */
function refresher(next: SourceCall, clock: Clock, events: Events): (call: Call) => void {
  const underWay = new Set<string>()
  return (call) => {
    const { key } = call.request
    if (underWay.has(key)) return
    underWay.add(key)
    const record = { ...newRecord(), startedAt: clock.now() }
    // a map of its own: the one of the answer holds the bodies of all its calls
    const context = { ...call.context, made: new Map() }
    const background = { ...call, context, deadline: NO_DEADLINE, cancel: new Cancel(), record }
    const ended = (outcome: Outcome): void => {
      record.endedAt = clock.now()
      underWay.delete(key)
      events.emit('refresh', { call: background, outcome })
    }
    next(background).then(ended, () => ended(failed(failure('internal_error', 'the cache could not be refreshed'))))
  }
}
