import type { Call, CallRecord, Policy, SourceCall } from '../core/call.ts'
import type { Cancel, CancelReason } from '../core/cancel.ts'
import type { Clock } from '../core/deadline.ts'
import { failure } from '../core/failure.ts'
import { MESSAGES } from '../core/messages.ts'
import { cutShort, failed, type Outcome } from '../core/outcome.ts'
import { type Budget, isRefusal } from './parts/budget.ts'
import { LEAST_USEFUL_MS } from './parts/waiters.ts'

/** An access token of a source (RFC 6749, section 1.4). */
export interface Token {
  /** Secret. */
  readonly value: string
}

/** Why there is no token. */
export interface NoToken {
  /** Why the caller stopped waiting; null where the token endpoint gave none. */
  readonly cut: CancelReason | null
  /** Whether the token endpoint took too long. */
  readonly timedOut: boolean
  /** When a token is asked for again at the earliest, in milliseconds from now; null if that is not known. */
  readonly retryAfterMs: number | null
}

/** The tokens of one source, which all its calls share. */
export interface TokenSource {
  /** The token that calls are made with now; null if there is none. */
  readonly current: Token | null
  /** Returns the current token, or waits for one. Settles at once when `cancel` fires. Never rejects. */
  take(cancel: Cancel): Promise<Token | NoToken>
  /** Drops a token that the source has refused, if it is the current one, and if that was not done too often. */
  refuse(token: Token): void
}

/** Dependencies of the authorize policy. */
export interface AuthorizeDependencies {
  /** Limits the further attempts; null for no limit. */
  readonly budget: Budget | null
  readonly clock: Clock
}

/**
 * Waits for a token before an attempt is made. Where the source refuses the token (401) and another one can be had, it
 * makes one further attempt, once for each call, whether the call is repeatable or not: the request was not applied
 * (RFC 9110, section 15.5.2).
 */
export function authorize(tokens: TokenSource, { budget, clock }: AuthorizeDependencies): Policy {
  const repeated = new WeakSet<CallRecord>()

  const mayRepeat = (call: Call): boolean => {
    const { cancel, context, deadline, record } = call
    if (cancel.reason !== null || context.allowance.isSpent || repeated.has(record)) return false
    return deadline.at - clock.now() >= LEAST_USEFUL_MS && (budget === null || budget.take())
  }

  const again = async (next: SourceCall, call: Call, { outcome, token }: Refused): Promise<Outcome> => {
    repeated.add(call.record)
    const other = await tokens.take(call.cancel)
    // some token endpoints give the same token until it expires
    const isSame = 'value' in other && other.value === token.value
    if (!isSame) call.record.effort.unauthorized += 1
    const made = isSame ? outcome : 'cut' in other ? withoutToken(call, other) : await next({ ...call, kind: 'retry' })
    if (isSame || 'cut' in other || isRefusal(made)) budget?.giveBack()
    return isRefusal(made) && made.failure?.code !== 'authorization_failed' ? outcome : made
  }

  return (next) => async (call) => {
    const token = await tokens.take(call.cancel)
    if ('cut' in token) return withoutToken(call, token)
    const outcome = await next(call)
    const hasOther = isUnauthorized(outcome) && tokens.current !== token
    return hasOther && mayRepeat(call) ? again(next, call, { outcome, token }) : outcome
  }
}

/** What came of an attempt, and the token that the call was begun with. */
interface Refused {
  readonly outcome: Outcome
  readonly token: Token
}

/** Whether the source refused the token of an attempt. */
export function isUnauthorized({ failure }: Outcome): boolean {
  return failure?.code === 'upstream_status' && failure.upstreamStatus === 401
}

/** The outcome of an attempt that was not made, because there is no token for it. */
export function withoutToken(call: Call, { cut, timedOut, retryAfterMs }: NoToken): Outcome {
  if (cut !== null && cut !== 'call') return cutShort(call, cut)
  const { source, deadline } = call
  if (cut === 'call') {
    const message = MESSAGES.noTokenInTime(source, Math.round(deadline.spanMs))
    return failed(failure('authorization_failed', message, { class: 'timeout' }))
  }
  const kind = timedOut ? 'timeout' : 'upstream'
  return failed(failure('authorization_failed', MESSAGES.noToken(source), { class: kind, retryAfterMs }))
}
