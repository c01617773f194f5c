import type { Policy } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import type { Pending } from '../core/pending.ts'
import type { CacheStore } from '../core/store.ts'
import { authorize, type TokenSource } from '../policies/authorize.ts'
import { balance, balanceGate } from '../policies/balance.ts'
import { bearer } from '../policies/bearer.ts'
import { breaker, breakerGate } from '../policies/breaker.ts'
import { cache, keepMsOf } from '../policies/cache.ts'
import { carriedOut } from '../policies/carried-out.ts'
import { coalesceAnswer } from '../policies/coalesce.ts'
import { deadline } from '../policies/deadline.ts'
import { deadlineHeader } from '../policies/deadline-header.ts'
import { decode } from '../policies/decode.ts'
import { exposeHeaders } from '../policies/expose-headers.ts'
import { fallback } from '../policies/fallback.ts'
import { fill } from '../policies/fill.ts'
import { finish } from '../policies/finish.ts'
import { hedge } from '../policies/hedge.ts'
import { maxAnswerBytes } from '../policies/max-answer-bytes.ts'
import { maxAttempts } from '../policies/max-attempts.ts'
import { measure } from '../policies/measure.ts'
import { observe } from '../policies/observe.ts'
import { passStatus } from '../policies/pass-status.ts'
import { propagate } from '../policies/propagate.ts'
import { retry } from '../policies/retry.ts'
import { simulate } from '../policies/simulate.ts'
import { timeout } from '../policies/timeout.ts'
import { bodyReader } from './body-reader.ts'
import { detailsReader } from './error-details.ts'
import type { SourceOptions } from './options.ts'
import type { Secrets } from './secrets.ts'
import { originsOf, type SourceState } from './state.ts'
import type { Workers } from './work.ts'

/** Dependencies of the policies. */
export interface StackDependencies {
  readonly clock: Clock
  readonly store: CacheStore
  /** Worker threads for large bodies. */
  readonly workers: Workers
  /** What clients may never see. */
  readonly secrets: Secrets
  /** Access tokens of the source; null if it is sent none. */
  readonly tokens: TokenSource | null
  readonly events: Events
  /** Takes requests that run on after their answer. */
  readonly unfinished: Pending
}

/** The order of the policies is defined only in the two lists below. policies/README.md gives the reasons. */

/** Policies that run once for each source of an answer, around all of its calls. The first is outermost. */
export function wholeStack(options: SourceOptions, { clock, events, secrets }: StackDependencies): readonly Policy[] {
  const { passStatus: statuses, exposeHeaders: names } = options
  const mayShow = (value: string): boolean => secrets.mayShowHeader(value)
  return listed([
    observe('call', events, clock),
    (names.length > 0 || statuses.length > 0) && exposeHeaders({ names, mayShow, events }),
    options.fallback && fallback(Buffer.from(JSON.stringify(options.fallback.value))),
    statuses.length > 0 && passStatus({ statuses, mayShow }),
  ])
}

/** Policies that run for each call. The first is outermost. */
export function callStack(
  options: SourceOptions,
  state: SourceState,
  dependencies: StackDependencies,
): readonly Policy[] {
  const { clock, store, events, tokens } = dependencies
  const { budget, hedgeDelay, origins } = state
  const { attemptTimeoutMs, cache: kept } = options
  const slowAfterMs = options.breaker?.slowAfterMs ?? null
  const again = options.idempotent
  // with 0 ms calls are coalesced but not cached
  const keepMs = kept === null ? 0 : keepMsOf(kept)
  return listed([
    !(again && options.safe) && carriedOut,
    maxAnswerBytes,
    keepMs > 0 && kept && cache(kept, { store, clock, events }),
    deadline(),
    options.safe && coalesceAnswer,
    state.coalesce?.policy,
    keepMs > 0 && fill(store, keepMs),
    measure(state.latencies, clock),
    timeout(options.timeoutMs, 'call', clock),
    decoding(options, dependencies),
    ((again && (options.retry || options.hedge)) || tokens) && budget?.policy,
    again && options.retry && retry(options.retry, { budget, clock, random: Math.random }),
    tokens && authorize(tokens, { budget, clock }),
    again && hedgeDelay && hedge({ delay: hedgeDelay, budget, clock }),
    !options.safe && finish(options.timeoutMs, dependencies),
    maxAttempts,
    state.breaker && breaker(state.breaker, slowAfterMs),
    origins && balance(origins, slowAfterMs),
    state.rateLimit?.policy,
    state.bulkhead.policy,
    state.breaker && breakerGate(state.breaker),
    origins && balanceGate(origins, slowAfterMs),
    tokens && bearer(tokens, true),
    attemptTimeoutMs !== null && timeout(attemptTimeoutMs, 'attempt', clock),
    options.propagate && propagate,
    options.deadlineHeader !== null && deadlineHeader(options.deadlineHeader, clock),
  ])
}

/**
 * Policies for a call that a client has simulated (`server.simulate`). It shares no state with others: no breaker,
 * budget, limit, coalescing or percentile, and it stores nothing. The first is outermost.
 */
export function simulatedStack(options: SourceOptions, dependencies: StackDependencies): readonly Policy[] {
  const { clock, store, events, tokens } = dependencies
  const { attemptTimeoutMs, cache: kept } = options
  const origins = originsOf(options, () => null)
  return listed([
    maxAnswerBytes,
    kept && keepMsOf(kept) > 0 && cache(kept, { store, clock, events }),
    deadline(),
    timeout(options.timeoutMs, 'call', clock),
    simulate(clock),
    decoding(options, dependencies),
    !options.safe && finish(options.timeoutMs, dependencies),
    maxAttempts,
    origins && balance(origins, null),
    tokens && bearer(tokens, false),
    attemptTimeoutMs !== null && timeout(attemptTimeoutMs, 'attempt', clock),
    options.propagate && propagate,
    options.deadlineHeader !== null && deadlineHeader(options.deadlineHeader, clock),
  ])
}

/** Reads bodies, and those of failed answers where `errorDetails` wants something of them. */
function decoding(options: SourceOptions, { workers, secrets, events }: StackDependencies): Policy {
  const { id, format, errorDetails } = options
  const reading = { workers, secrets }
  const rules = { ...NO_RULES, id, select: errorDetails }
  const details = errorDetails && detailsReader(bodyReader(rules, reading), secrets)
  return decode({ format: FORMAT_NAMES[format], read: bodyReader(options, reading), details, events })
}

/** A body of JSON that is neither checked nor kept. */
const NO_RULES = {
  ...({ format: 'json', failWhen: null, errorDetails: null, schema: null } as const),
  ...{ validate: false, isRead: false },
}

function listed(policies: readonly (Policy | null | undefined | false)[]): readonly Policy[] {
  return policies.filter((policy) => typeof policy === 'function')
}

const FORMAT_NAMES = { json: 'JSON', text: 'text', xml: 'XML' } as const
