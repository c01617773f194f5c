import type { SourceOptions } from '../../../source/options.ts'
import type { Input } from '../../schema/input.ts'
import { meantDuration } from '../../schema/keywords.ts'
import { block, duration, optional, switchable } from '../../schema/parts.ts'
import { toMs } from '../../text/units.ts'
import { type Checks, checkNeeded, type SourceScope } from './scope.ts'

const DEFAULTS = { staleWhileRevalidate: '0s', staleIfError: '0s' }
const EXAMPLE = { ttl: '30s', staleWhileRevalidate: '1m', staleIfError: '10m' }

export const cacheKeys = optional({
  ttl: duration({
    description:
      'How long an answer is served as if it were live. A duration such as 30s; with 0, identical calls are only coalesced. Required.',
    examples: [EXAMPLE.ttl],
  }),
  staleWhileRevalidate: duration({
    description:
      'How long after `ttl` it is still served while it is refreshed in the background. A duration such as 1m.',
    default: DEFAULTS.staleWhileRevalidate,
    examples: [EXAMPLE.staleWhileRevalidate],
  }),
  staleIfError: duration({
    description: 'How much longer it is still served if the call fails. A duration such as 10m.',
    default: DEFAULTS.staleIfError,
    examples: [EXAMPLE.staleIfError],
  }),
})

export const cacheSchema = switchable(block(cacheKeys, { description: 'Keeps the answers of a source.' }), {
  description: "Keeps the source's answers, in memory that `cache.maxBytes` bounds. Default: none.",
  examples: [EXAMPLE],
  alsoCalled: 'ttl cachettl caching',
  hint: 'Write for example cache: { ttl: 30s }',
  meant: meantDuration('ttl'),
})

export type CacheInput = Input<typeof cacheSchema>

/** Resolves `cache`. Null if there is none, or if `ttl` is missing; `checkTtl` reports that. */
export function resolveCache(input: CacheInput = false): SourceOptions['cache'] {
  const { ttl, staleWhileRevalidate, staleIfError } = { ...DEFAULTS, ...(input || {}) }
  if (ttl === undefined) return null
  return {
    ttlMs: toMs(ttl),
    staleWhileRevalidateMs: toMs(staleWhileRevalidate),
    staleIfErrorMs: toMs(staleIfError),
  }
}

type CacheScope = SourceScope<{ readonly cache?: CacheInput }>

export const cacheChecks: Checks<CacheScope> = [checkTtl]

function checkTtl(scope: CacheScope): void {
  checkNeeded(scope, 'cache', 'ttl', EXAMPLE.ttl)
}
