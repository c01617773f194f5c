import type { SourceOptions } from '../../../source/options.ts'
import { type Input, mergeBlock } from '../../schema/input.ts'
import { meantDuration } from '../../schema/keywords.ts'
import { block, number, optional, switchable, timeout } from '../../schema/parts.ts'
import { formatMs, toMs } from '../../text/units.ts'
import { neverMade } from './retry.ts'
import type { Checks, SourceScope } from './scope.ts'
import { noEffect } from './timeouts.ts'

const keys = optional({
  after: timeout({
    description: 'How long to wait for an attempt before another one starts. A duration such as 80ms. Default: none.',
    examples: ['80ms'],
  }),
  maxExtraLoad: number(
    { exclusiveMinimum: 0, maximum: 0.5 },
    {
      description:
        'Instead of `after`: the share of calls that may have a second attempt, {range}; when it starts is learned from how long attempts take. Default: none.',
      examples: [0.02],
    },
  ),
})

const hedgeBlock = block(keys, {
  description: 'Starts a second attempt beside one that takes long: either `after` or `maxExtraLoad`.',
})

export const hedgeSchema = switchable(hedgeBlock, {
  description:
    'Starts a second attempt beside one that takes long, where the source is `idempotent`; the first answer wins. Default: none.',
  examples: [{ after: '80ms' }, { maxExtraLoad: 0.02 }],
  meant: meantDuration('after'),
})

export type HedgeInput = Input<typeof hedgeSchema>

/** A hedge has one of two keys: if the source writes one, the other one is not inherited from `defaults`. */
export function mergeHedge(defaults?: HedgeInput, own?: HedgeInput): HedgeInput | undefined {
  return own && Object.keys(own).length > 0 ? own : mergeBlock(defaults, own)
}

/** Resolves `hedge`. Null if there is none, or if it has no key; `checkKeys` reports that. */
export function resolveHedge(input: HedgeInput = false): SourceOptions['hedge'] {
  if (input === false) return null
  const { after, maxExtraLoad } = input
  if (after !== undefined) return { afterMs: toMs(after) }
  return maxExtraLoad === undefined ? null : { maxExtraLoad }
}

type HedgeScope = SourceScope<{ readonly hedge?: HedgeInput }, 'timeout' | 'idempotent'>

export const hedgeChecks: Checks<HedgeScope> = [checkKeys, warnOfIdle, warnOfLate]

function checkKeys({ written, problem, at, hasBroken }: HedgeScope): void {
  const { hedge } = written
  if (!hedge || hasBroken('hedge')) return
  const { after, maxExtraLoad } = hedge
  if (after !== undefined && maxExtraLoad !== undefined)
    problem(at('hedge'), 'has both after and maxExtraLoad; leave one out')
  if (after === undefined && maxExtraLoad === undefined)
    problem(at('hedge'), 'has neither after nor maxExtraLoad; write for example after: 80ms')
}

function warnOfIdle({ source, warn, at, hasBroken }: HedgeScope): void {
  if (!source.idempotent && source.hedge !== null && !hasBroken('idempotent'))
    warn(at('hedge'), neverMade(source.id, 'hedge'))
}

function warnOfLate({ source, warn, show, at, hasBroken }: HedgeScope): void {
  const { hedge, timeoutMs, idempotent } = source
  if (!idempotent || hedge === null || !('afterMs' in hedge) || hedge.afterMs < timeoutMs) return
  if (hasBroken('hedge', 'timeout', 'idempotent')) return
  const path = at('hedge', 'after')
  const timeout = show(at('timeout'), formatMs(timeoutMs))
  warn(path, `${show(path, formatMs(hedge.afterMs))} is not below timeout, ${noEffect(timeout, source.id)}`)
}
