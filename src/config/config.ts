import type { Shape } from '../json/shape.ts'
import type { SourceOptions } from '../source/options.ts'
import type { ParameterOptions } from '../source/parameter.ts'
import type { TemplateValue } from '../source/template.ts'

/** A checked configuration, in the units the service works in. Durations are whole milliseconds, sizes bytes. */
export interface Config {
  readonly server: ServerConfig
  readonly deadline: DeadlineConfig
  readonly cache: CacheConfig
  /** By id, in the order they are written. */
  readonly sources: ReadonlyMap<string, SourceConfig>
  /** By id, in the order they are written. */
  readonly views: ReadonlyMap<string, ViewConfig>
}

export interface ServerConfig {
  readonly host: string
  /** 0 means any free one. */
  readonly port: number
  /** What Fastify's `trustProxy` takes: all, none, a number of hops, or addresses and CIDR ranges. */
  readonly trustProxy: boolean | number | readonly string[]
  readonly docs: boolean
  readonly serverTiming: boolean
  readonly explain: boolean
  readonly compress: boolean
  readonly maxInFlight: number
  /** Bytes of a client's request body. */
  readonly maxBodyBytes: number
  /** Upstream requests that one answer may cost. */
  readonly maxAttempts: number
  /** Bytes of data that one answer may hold. */
  readonly maxAnswerBytes: number
  readonly drainDelayMs: number
  readonly shutdownTimeoutMs: number
}

export interface DeadlineConfig {
  readonly defaultMs: number
  readonly maxMs: number
  readonly reserveMs: number
}

/** Memory for cached answers of all sources. */
export interface CacheConfig {
  readonly maxBytes: number
}

/** One source, with `defaults` and our own defaults merged in. */
export type SourceConfig = SourceOptions

/** What a client may pass. The schema is without our own `required`; it still holds `default`. */
export type ParamConfig = ParameterOptions

export interface ViewConfig {
  readonly id: string
  readonly description: string | null
  readonly deadlineMs: number
  /** In the order of `data`. */
  readonly entries: readonly ViewEntry[]
  /** What becomes of the data; null for all of it as it is. */
  readonly shape: Shape | null
}

export interface ViewEntry {
  /** The key in `data`, and the `id` in `failedSources`. */
  readonly key: string
  /** A source's id. */
  readonly source: string
  /** Fixed: no client can set these. */
  readonly params: Readonly<Record<string, TemplateValue>>
  /** The entry's own, else the source's. */
  readonly required: boolean
}
