import type { SourceScope } from './scope.ts'
import { formatMs } from './text/units.ts'

/** Warns of settings of attempts that have no effect. */
export function warnOfPolicies(scope: SourceScope): void {
  warnOfNotIdempotent(scope)
  warnOfAttempts(scope)
  warnOfLateHedge(scope)
  warnOfSlowAfter(scope)
}

/** Retries are on by default: warn only where the source itself writes `retry`. */
function warnOfNotIdempotent({ source, own, warn, at, hasBroken }: SourceScope): void {
  if (source.idempotent || hasBroken('idempotent')) return
  const isNever = (key: string) =>
    `is never made for "${source.id}", since idempotent is false; write ${key}: false, or idempotent: true`
  if (source.hedge !== null) warn(at('hedge'), isNever('hedge'))
  if (own.retry && source.retry !== null) warn(at('retry'), isNever('retry'))
}

function warnOfAttempts(scope: SourceScope): void {
  const { source, warn, show, at, hasBroken } = scope
  const { timeoutMs, attemptTimeoutMs, retry } = source
  if (attemptTimeoutMs === null || retry === null || !source.idempotent) return
  if (attemptTimeoutMs > timeoutMs || hasBroken('timeout', 'attemptTimeout', 'retry', 'idempotent')) return
  const whole = Math.floor(timeoutMs / attemptTimeoutMs)
  if (retry.attempts <= whole) return
  const full = show(at('attemptTimeout'), formatMs(attemptTimeoutMs))
  const having = whole === 1 ? `1 attempt has its full ${full}` : `${whole} attempts have their full ${full}`
  const timeout = show(at('timeout'), formatMs(timeoutMs))
  warn(
    attemptsPath(scope),
    `only ${having} within timeout, which is ${timeout} for "${source.id}"; write ${shorter(scope, retry.attempts)}, or attempts: ${whole}`,
  )
}

/** The path of `retry.attempts`, or of `attemptTimeout` where that is not written. */
function attemptsPath({ written, at }: SourceScope) {
  return written.retry && written.retry.attempts !== undefined ? at('retry', 'attempts') : at('attemptTimeout')
}

function shorter({ source, at, isFromEnvironment }: SourceScope, attempts: number): string {
  const fitting = Math.floor(source.timeoutMs / attempts)
  const tells = [at('timeout'), at('retry', 'attempts')].some(isFromEnvironment)
  return tells || fitting === 0 ? 'a shorter attemptTimeout' : `attemptTimeout: ${formatMs(fitting)}`
}

function warnOfLateHedge({ source, warn, show, at, hasBroken }: SourceScope): void {
  const { hedge, timeoutMs, idempotent } = source
  if (!idempotent || hedge === null || !('afterMs' in hedge) || hedge.afterMs < timeoutMs) return
  if (hasBroken('hedge', 'timeout', 'idempotent')) return
  const path = at('hedge', 'after')
  const timeout = show(at('timeout'), formatMs(timeoutMs))
  warn(path, `${show(path, formatMs(hedge.afterMs))} is not below timeout, ${neverInPlay(timeout, source.id)}`)
}

/** An attempt that is cut off by its timeout counts as failed anyway. */
function warnOfSlowAfter({ source, warn, show, at, hasBroken }: SourceScope): void {
  const slowAfterMs = source.breaker?.slowAfterMs ?? null
  const bound = source.attemptTimeoutMs === null ? 'timeout' : 'attemptTimeout'
  const boundMs = source.attemptTimeoutMs ?? source.timeoutMs
  if (slowAfterMs === null || slowAfterMs < boundMs || hasBroken('breaker', 'timeout', 'attemptTimeout')) return
  const path = at('breaker', 'slowAfter')
  const least = show(at(bound), formatMs(boundMs))
  warn(path, `${show(path, formatMs(slowAfterMs))} is not below ${bound}, ${neverInPlay(least, source.id)}`)
}

function neverInPlay(bound: string, id: string): string {
  return `which is ${bound} for "${id}", so it has no effect; write less`
}
