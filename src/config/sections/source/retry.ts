import type { SourceOptions } from '../../../source/options.ts'
import { type Input, mergeBlock } from '../../schema/input.ts'
import { meantCount } from '../../schema/keywords.ts'
import { between, block, duration, number, optional, switchable } from '../../schema/parts.ts'
import { formatMs, toMs } from '../../text/units.ts'
import type { Checks, SourceScope } from './scope.ts'

/** Defaults. */
export const RETRY_DEFAULTS = { attempts: 2, baseDelay: '25ms', maxDelay: '250ms', minTime: '10ms' }
const BUDGET_DEFAULTS = { ratio: 0.2, minPerSecond: 3 }

/** The most attempts of one call. */
const MAX_ATTEMPTS = 5
const EXAMPLE = { attempts: 3 }

const budgetSchema = block(
  optional({
    ratio: number(
      { minimum: 0, maximum: 1 },
      { description: 'Extra attempts for each call, {range}.', default: BUDGET_DEFAULTS.ratio, examples: [0.1] },
    ),
    minPerSecond: number(
      { minimum: 0 },
      {
        description: 'Extra attempts a second on top, for a source that is called rarely.',
        default: BUDGET_DEFAULTS.minPerSecond,
        examples: [0.5],
      },
    ),
  }),
  { description: 'Bounds the attempts beyond the first of each call.' },
)

const keys = optional({
  attempts: between(1, MAX_ATTEMPTS, {
    description: 'The most attempts of one call, including the first: {range}.',
    default: RETRY_DEFAULTS.attempts,
    examples: [3],
    alsoCalled: 'retries max maxretries count times limit maxattempts',
    hint: 'It counts the first one too: attempts: 3 is at most 2 retries',
  }),
  baseDelay: duration({
    description:
      'The longest wait before the first retry, twice that before the next, and so on; at most `maxDelay`. A duration such as 25ms.',
    default: RETRY_DEFAULTS.baseDelay,
    examples: ['50ms'],
  }),
  maxDelay: duration({
    description: 'The longest wait before any retry. A duration such as 250ms.',
    default: RETRY_DEFAULTS.maxDelay,
    examples: ['1s'],
  }),
  minTime: duration({
    description:
      'The least time in which an attempt can succeed: a retry that would have less is not made. A duration such as 10ms.',
    default: RETRY_DEFAULTS.minTime,
    examples: ['50ms'],
  }),
  budget: switchable(budgetSchema, {
    description: `Bounds what retries and hedges of the source add to its load, over ten seconds. Default ${BUDGET_DEFAULTS.ratio} of the calls and ${BUDGET_DEFAULTS.minPerSecond} a second.`,
    default: {},
    examples: [{ ratio: 0.1 }],
  }),
})

export const retrySchema = switchable(block(keys, { description: 'Tries again after a failure that may pass.' }), {
  description: `Retries transient failures, where the source is \`idempotent\`. Default ${RETRY_DEFAULTS.attempts} attempts in all.`,
  default: {},
  examples: [{ ...EXAMPLE, budget: { ratio: 0.1 } }],
  alsoCalled: 'retries maxretries attempts maxattempts retrycount retrypolicy',
  hint: 'Write for example retry: { attempts: 3 }',
  meant: (value) => meantCount((attempts) => (attempts <= MAX_ATTEMPTS ? { attempts } : EXAMPLE))(value) ?? EXAMPLE,
})

export type RetryInput = Input<typeof retrySchema>

/** Merges the block of `defaults` into that of the source; `budget` is a block in a block. */
export function mergeRetry(defaults?: RetryInput, own?: RetryInput): RetryInput | undefined {
  const merged = mergeBlock(defaults, own)
  if (!merged || !defaults || !own) return merged
  const budget = mergeBlock(defaults.budget, own.budget)
  return budget === undefined ? merged : { ...merged, budget }
}

/** Resolves `retry`; null if a call has one attempt only. */
export function resolveRetry(input: RetryInput = {}): SourceOptions['retry'] {
  if (input === false) return null
  const { attempts, baseDelay, maxDelay, minTime } = { ...RETRY_DEFAULTS, ...input }
  const maxDelayMs = toMs(maxDelay)
  // a maxDelay below the default of baseDelay lowers baseDelay too
  const baseDelayMs = input.baseDelay === undefined ? Math.min(toMs(baseDelay), maxDelayMs) : toMs(baseDelay)
  return attempts === 1 ? null : { attempts, baseDelayMs, maxDelayMs, minTimeMs: toMs(minTime) }
}

/** Resolves `retry.budget`. Hedges share it, so it exists without retries, too. */
export function resolveBudget(input: RetryInput = {}): SourceOptions['budget'] {
  const { budget = {} } = input || {}
  return budget === false ? null : { ...BUDGET_DEFAULTS, ...budget }
}

type RetryScope = SourceScope<{ readonly retry?: RetryInput }, 'timeout' | 'attemptTimeout' | 'idempotent'>

export const retryChecks: Checks<RetryScope> = [checkDelays, warnOfIdle, warnOfAttempts]

function checkDelays({ source, problem, show, at, hasBroken }: RetryScope): void {
  const { retry } = source
  if (retry === null || retry.baseDelayMs <= retry.maxDelayMs || hasBroken('retry')) return
  const path = at('retry', 'baseDelay')
  const first = show(path, formatMs(retry.baseDelayMs))
  const most = show(at('retry', 'maxDelay'), formatMs(retry.maxDelayMs))
  problem(path, `${first} is above maxDelay, which is ${most} for "${source.id}"; lower baseDelay or raise maxDelay`)
}

/** Retries are on by default, so this warns only if the source itself writes `retry`. */
function warnOfIdle({ source, own, warn, at, hasBroken }: RetryScope): void {
  if (source.idempotent || !own.retry || source.retry === null || hasBroken('idempotent')) return
  warn(at('retry'), neverMade(source.id, 'retry'))
}

/** The warning about `retry` or `hedge` on a source that is not idempotent. */
export function neverMade(id: string, key: 'retry' | 'hedge'): string {
  return `is never made for "${id}", since idempotent is false; write ${key}: false, or idempotent: true`
}

/** Warns of attempts that do not fit into `timeout`. */
function warnOfAttempts(scope: RetryScope): void {
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

/** The path of `retry.attempts`, or of `attemptTimeout` if that is not written. */
function attemptsPath({ written, at }: RetryScope) {
  return written.retry && written.retry.attempts !== undefined ? at('retry', 'attempts') : at('attemptTimeout')
}

function shorter({ source, at, isFromEnvironment }: RetryScope, attempts: number): string {
  const fitting = Math.floor(source.timeoutMs / attempts)
  const tells = [at('timeout'), at('retry', 'attempts')].some(isFromEnvironment)
  return tells || fitting === 0 ? 'a shorter attemptTimeout' : `attemptTimeout: ${formatMs(fitting)}`
}
