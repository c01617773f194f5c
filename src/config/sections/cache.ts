import type { Input } from '../schema/input.ts'
import { perKey } from '../schema/keywords.ts'
import { block, optional, size } from '../schema/parts.ts'
import { toBytes } from '../text/units.ts'
import { cacheKeys } from './source/cache.ts'

/** Memory for the cached answers of all sources: the block `cache` at the top of the file. */
export interface CacheConfig {
  readonly maxBytes: number
}

const DEFAULTS = { maxBytes: '64mb' }

const keys = optional({
  maxBytes: size({
    description: 'Memory for cached answers of all sources. A size such as 64mb.',
    default: DEFAULTS.maxBytes,
    examples: ['256mb'],
  }),
})

export const cacheMemorySchema = block(keys, {
  description: 'Where cached answers are kept.',
  examples: [{ maxBytes: '256mb' }],
  misplaced: perKey(Object.keys(cacheKeys), (key) => {
    return `belongs to the cache of a source, or of defaults; write defaults: { cache: { ${key}: {value} } }`
  }),
})

/** The block `cache` at the top of the file, resolved. */
export function resolveCacheMemory(input: Input<typeof cacheMemorySchema> = {}): CacheConfig {
  const { maxBytes } = { ...DEFAULTS, ...input }
  return { maxBytes: toBytes(maxBytes) }
}
