import type { SourceOptions } from '../../../source/options.ts'
import type { Input } from '../../schema/input.ts'
import { meantDuration } from '../../schema/keywords.ts'
import { block, count, number, optional, switchable, timeout } from '../../schema/parts.ts'
import { formatMs, toMs } from '../../text/units.ts'
import type { Checks, SourceScope } from './scope.ts'
import { noEffect } from './timeouts.ts'

const DEFAULTS = { window: '10s', minCalls: 20, failureRate: 0.5, openFor: '5s', slowRate: 0.5 }
const SHARE = { exclusiveMinimum: 0, maximum: 1 }

const keys = optional({
  window: timeout({
    description: 'The period whose attempts are counted. A duration such as 10s.',
    default: DEFAULTS.window,
    examples: ['30s'],
  }),
  minCalls: count(1, {
    description: 'With fewer attempts than this within `window`, it never opens.',
    default: DEFAULTS.minCalls,
    examples: [50],
  }),
  failureRate: number(SHARE, {
    description: 'It opens when this share of the attempts within `window` fails, {range}.',
    default: DEFAULTS.failureRate,
    examples: [0.25],
  }),
  openFor: timeout({
    description: 'How long it stays open, doubled each time until it closes again. A duration such as 5s.',
    default: DEFAULTS.openFor,
    examples: ['10s'],
  }),
  slowAfter: timeout({
    description:
      'An attempt that takes longer is slow. A duration such as 400ms. Default: none, slowness does not count.',
    examples: ['400ms'],
  }),
  slowRate: number(SHARE, {
    description: 'It opens when this share of the attempts within `window` is slow (see `slowAfter`), {range}.',
    default: DEFAULTS.slowRate,
    examples: [0.8],
  }),
})

export const breakerSchema = switchable(block(keys, { description: 'Stops calling a source that keeps failing.' }), {
  description: `Stops calling a source that keeps failing, for a while. Default: when ${DEFAULTS.failureRate * 100} % of at least ${DEFAULTS.minCalls} attempts within ${DEFAULTS.window} fail.`,
  default: {},
  examples: [{ minCalls: 50, openFor: '10s' }],
  alsoCalled: 'circuitbreaker circuit',
  hint: 'Write for example breaker: { openFor: 10s }',
  meant: meantDuration('openFor'),
})

export type BreakerInput = Input<typeof breakerSchema>

/** Resolves `breaker`; null if it is switched off. */
export function resolveBreaker(input: BreakerInput = {}): SourceOptions['breaker'] {
  if (input === false) return null
  const { window, minCalls, failureRate, openFor, slowAfter, slowRate } = { ...DEFAULTS, ...input }
  return {
    windowMs: toMs(window),
    minCalls,
    failureRate,
    openForMs: toMs(openFor),
    slowAfterMs: slowAfter === undefined ? null : toMs(slowAfter),
    slowRate,
  }
}

type BreakerScope = SourceScope<{ readonly breaker?: BreakerInput }, 'timeout' | 'attemptTimeout'>

export const breakerChecks: Checks<BreakerScope> = [checkSlowRate, warnOfSlowAfter]

function checkSlowRate({ written, problem, at, hasBroken }: BreakerScope): void {
  const { breaker } = written
  if (!breaker || breaker.slowRate === undefined || breaker.slowAfter !== undefined || hasBroken('breaker')) return
  problem(at('breaker', 'slowRate'), 'needs slowAfter, which says what is slow; write one, or leave slowRate out')
}

/** Warns if no attempt can be slow: one that reaches its timeout before `slowAfter` counts as failed instead. */
function warnOfSlowAfter({ source, warn, show, at, hasBroken }: BreakerScope): void {
  const slowAfterMs = source.breaker?.slowAfterMs ?? null
  const bound = source.attemptTimeoutMs === null ? 'timeout' : 'attemptTimeout'
  const boundMs = source.attemptTimeoutMs ?? source.timeoutMs
  if (slowAfterMs === null || slowAfterMs < boundMs || hasBroken('breaker', 'timeout', 'attemptTimeout')) return
  const path = at('breaker', 'slowAfter')
  const least = show(at(bound), formatMs(boundMs))
  warn(path, `${show(path, formatMs(slowAfterMs))} is not below ${bound}, ${noEffect(least, source.id)}`)
}
