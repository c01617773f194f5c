import type { InputOf } from '../../schema/input.ts'
import { optional, timeout } from '../../schema/parts.ts'
import { formatMs, toMs } from '../../text/units.ts'
import type { Checks, SourceDraft, SourceScope } from './scope.ts'

const DEFAULTS = { timeout: '1s', connectTimeout: '300ms' }

export const timeoutKeys = optional({
  timeout: timeout({
    description:
      'The time limit of a call: queueing, attempts and the waits between them. A duration such as 800ms or 2s.',
    default: DEFAULTS.timeout,
    examples: ['800ms'],
    alsoCalled: 'deadline timeoutms requesttimeout',
    hint: 'Write for example timeout: 800ms',
  }),
  attemptTimeout: timeout({
    description:
      'The time limit of one attempt, from the connection to the last byte; at most `timeout`. A duration such as 500ms. Default: `timeout`, and then timeouts are not retried.',
    examples: ['500ms'],
  }),
  connectTimeout: timeout({
    description:
      'The time limit of DNS lookup, TCP, the answer of a `proxy`, and TLS; never above `attemptTimeout`. A duration such as 300ms.',
    default: DEFAULTS.connectTimeout,
    examples: ['100ms'],
  }),
})

type TimeoutInput = InputOf<typeof timeoutKeys>
type Timeouts = Pick<SourceDraft, 'timeoutMs' | 'attemptTimeoutMs' | 'connectTimeoutMs'>

/** Resolves the timeouts. `attemptTimeoutMs` is null if not configured; the other two cap the connect timeout. */
export function resolveTimeouts(input: TimeoutInput): Timeouts {
  const { timeout, attemptTimeout, connectTimeout } = { ...DEFAULTS, ...input }
  const timeoutMs = toMs(timeout)
  const attemptTimeoutMs = attemptTimeout === undefined ? null : toMs(attemptTimeout)
  const connectTimeoutMs = Math.min(toMs(connectTimeout), timeoutMs, attemptTimeoutMs ?? timeoutMs)
  return { timeoutMs, attemptTimeoutMs, connectTimeoutMs }
}

type TimeoutScope = SourceScope<TimeoutInput>

export const timeoutChecks: Checks<TimeoutScope> = [checkAttemptTimeout, checkConnectTimeout]

function checkAttemptTimeout({ source, problem, show, at, hasBroken }: TimeoutScope): void {
  const { timeoutMs, attemptTimeoutMs } = source
  if (attemptTimeoutMs === null || attemptTimeoutMs <= timeoutMs || hasBroken('timeout', 'attemptTimeout')) return
  const path = at('attemptTimeout')
  const whole = show(at('timeout'), formatMs(timeoutMs))
  problem(
    path,
    `${show(path, formatMs(attemptTimeoutMs))} is above timeout, which is ${whole} for "${source.id}"; write at most that`,
  )
}

/** An error only if the source itself writes both timeouts; otherwise the connect timeout is capped. */
function checkConnectTimeout({ id, own, problem, show, hasBroken }: TimeoutScope): void {
  const { connectTimeout, attemptTimeout } = own
  if (connectTimeout === undefined || attemptTimeout === undefined || hasBroken('connectTimeout', 'attemptTimeout'))
    return
  if (toMs(connectTimeout) <= toMs(attemptTimeout)) return
  const path = ['sources', id]
  const least = show([...path, 'attemptTimeout'], String(attemptTimeout))
  problem([...path, 'connectTimeout'], `is above attemptTimeout, which is ${least}; write at most that`)
}

/** The end of a warning that a duration is not below a timeout. */
export function noEffect(timeout: string, id: string): string {
  return `which is ${timeout} for "${id}", so it has no effect; write less`
}

/**
 * Warns of a timeout that is above all of `deadlinesMs`, the deadlines under which the source is called. What may change
 * something, or fills the cache, runs on to its timeout after the answer.
 */
export function warnOfLongTimeout({ source, warn, show, at }: TimeoutScope, deadlinesMs: readonly number[]): void {
  if (deadlinesMs.some((deadlineMs) => source.timeoutMs <= deadlineMs) || deadlinesMs.length === 0) return
  if (!source.safe || isKept(source.cache)) return
  const timeout = show(at('timeout'), formatMs(source.timeoutMs))
  warn(at('timeout'), `${timeout} is above every deadline that "${source.id}" is called under, so it has no effect`)
}

/** Whether answers are kept: with a `ttl` of 0 calls are shared, and what is stale may be of use. */
function isKept(cache: SourceDraft['cache']): boolean {
  return cache !== null && Math.max(cache.ttlMs, cache.staleWhileRevalidateMs, cache.staleIfErrorMs) > 0
}
