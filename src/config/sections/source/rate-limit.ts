import type { SourceOptions } from '../../../source/options.ts'
import type { Input } from '../../schema/input.ts'
import { meantCount } from '../../schema/keywords.ts'
import { between, block, optional, switchable, timeout } from '../../schema/parts.ts'
import { toMs } from '../../text/units.ts'
import { type Checks, checkNeeded, type SourceScope } from './scope.ts'

const EXAMPLE = { max: 50, per: '1s' }

const keys = optional({
  max: between(1, 1_000_000, {
    description: 'The most attempts in each `per`; all of them may start at once. Required.',
    examples: [EXAMPLE.max],
  }),
  per: timeout({ description: 'The period of `max`. A duration such as 1s. Required.', examples: [EXAMPLE.per] }),
})

export const rateLimitSchema = switchable(block(keys, { description: 'Bounds how often a source is called.' }), {
  description: 'Bounds the rate of attempts; further ones wait if they can still start in time. Default: none.',
  examples: [EXAMPLE],
  alsoCalled: 'throttle ratelimiting qps rps limit',
  hint: 'Write for example rateLimit: { max: 50, per: 1s }',
  meant: meantCount((max) => ({ max, per: EXAMPLE.per })),
})

export type RateLimitInput = Input<typeof rateLimitSchema>

/** Resolves `rateLimit`. Null if there is none, or if a required key is missing; `checkKeys` reports that. */
export function resolveRateLimit(input: RateLimitInput = false): SourceOptions['rateLimit'] {
  if (input === false) return null
  const { max, per } = input
  return max === undefined || per === undefined ? null : { max, perMs: toMs(per) }
}

type RateLimitScope = SourceScope<{ readonly rateLimit?: RateLimitInput }>

export const rateLimitChecks: Checks<RateLimitScope> = [checkKeys]

function checkKeys(scope: RateLimitScope): void {
  checkNeeded(scope, 'rateLimit', 'max', String(EXAMPLE.max))
  checkNeeded(scope, 'rateLimit', 'per', EXAMPLE.per)
}
