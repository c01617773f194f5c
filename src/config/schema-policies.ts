import Type from 'typebox'
import { block, duration, size, switchable } from './schema/parts.ts'
import { breakerSchema, bulkheadSchema, rateLimitSchema } from './schema-limits.ts'
import { hedgeSchema, retrySchema } from './schema-retry.ts'

export const cacheSchema = block(
  {
    ttl: Type.Optional(
      duration({
        description:
          'How long an answer is served as if it were live. A duration such as 30s; with 0, identical calls are only coalesced. Required.',
        examples: ['30s'],
      }),
    ),
    staleWhileRevalidate: Type.Optional(
      duration({
        description:
          'How long after `ttl` it is still served while it is refreshed in the background. A duration such as 1m. Default 0s.',
        default: '0s',
        examples: ['1m'],
      }),
    ),
    staleIfError: Type.Optional(
      duration({
        description: 'Then, for this long, in the place of a failure. A duration such as 10m. Default 0s.',
        default: '0s',
        examples: ['10m'],
      }),
    ),
  },
  { description: 'Keeps the answers of a source.' },
)

export const cacheMemorySchema = block(
  {
    maxBytes: Type.Optional(
      size({
        description: 'Memory for cached answers of all sources. A size such as 64mb. Default 64mb.',
        default: '64mb',
        examples: ['256mb'],
      }),
    ),
  },
  { description: 'Where cached answers are kept.', examples: [{ maxBytes: '256mb' }] },
)

/** The policies of a source; `defaults` may hold them too. */
export const policyProperties = {
  retry: Type.Optional(
    switchable(retrySchema, {
      description: 'Retries transient failures, where the source is `idempotent`. Default 2 attempts in all.',
      default: {},
      examples: [{ attempts: 3, budget: { ratio: 0.1 } }],
    }),
  ),
  breaker: Type.Optional(
    switchable(breakerSchema, {
      description:
        'Stops calling a source that keeps failing, for a while. Default: when half of at least 20 attempts within 10s fail.',
      default: {},
      examples: [{ minCalls: 50, openFor: '10s' }],
    }),
  ),
  bulkhead: Type.Optional(
    switchable(bulkheadSchema, {
      description: 'Bounds what the source may have in flight. Default 100 calls; the others wait.',
      default: {},
      examples: [{ maxInFlight: 20, maxQueue: 0 }],
    }),
  ),
  hedge: Type.Optional(
    switchable(hedgeSchema, {
      description:
        'Starts a second attempt beside one that takes long, where the source is `idempotent`; the first answer wins. Default: none.',
      examples: [{ after: '80ms' }, { maxExtraLoad: 0.02 }],
    }),
  ),
  rateLimit: Type.Optional(
    switchable(rateLimitSchema, {
      description: 'Bounds our own attempts; the excess waits if it can still make it. Default: none.',
      examples: [{ max: 50, per: '1s' }],
    }),
  ),
  cache: Type.Optional(
    switchable(cacheSchema, {
      description: "Keeps the source's answers, in memory that `cache.maxBytes` bounds. Default: none.",
      examples: [{ ttl: '30s', staleWhileRevalidate: '1m', staleIfError: '10m' }],
    }),
  ),
}
