import type { RedisTarget } from '../redis/target.ts'
import type { SourceOptions } from '../source/options.ts'
import type { CacheConfig } from './sections/cache.ts'
import type { DeadlineConfig } from './sections/deadline.ts'
import type { ServerConfig } from './sections/server.ts'
import type { ViewConfig } from './sections/view.ts'

export type { ViewConfig } from './sections/view.ts'

/** A checked configuration, in the units the service works in. Durations are whole milliseconds, sizes bytes. */
export interface Config {
  readonly server: ServerConfig
  readonly deadline: DeadlineConfig
  readonly cache: CacheConfig
  /** Null where this process shares nothing. Secret. */
  readonly redis: RedisTarget | null
  /** Texts that no client may see, wherever they are written. */
  readonly secrets: readonly string[]
  /** By id, in the order they are written. */
  readonly sources: ReadonlyMap<string, SourceConfig>
  /** By id, in the order they are written. */
  readonly views: ReadonlyMap<string, ViewConfig>
}

/** One source, with `defaults` and our own defaults merged in. */
export type SourceConfig = SourceOptions
