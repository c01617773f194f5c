import type { Template, TemplateValue } from '../source/template.ts'

/** A checked configuration, in the units the service works in. Durations are whole milliseconds, sizes bytes. */
export interface Config {
  readonly server: ServerConfig
  readonly deadline: DeadlineConfig
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
  readonly drainDelayMs: number
  readonly shutdownTimeoutMs: number
}

export interface DeadlineConfig {
  readonly defaultMs: number
  readonly maxMs: number
  readonly reserveMs: number
}

/** One source, with `defaults` and our own defaults merged in. */
export interface SourceConfig {
  readonly id: string
  readonly description: string | null
  readonly template: Template
  readonly method: 'GET'
  readonly params: readonly ParamConfig[]
  /** Template values that no client can set. Secret. */
  readonly values: Readonly<Record<string, TemplateValue>>
  /** Names in lower case. Secret. */
  readonly headers: Readonly<Record<string, string>>
  /** Names in lower case. */
  readonly forwardHeaders: readonly string[]
  readonly propagate: boolean
  readonly timeoutMs: number
  /** null: not set, an attempt has the whole timeout. */
  readonly attemptTimeoutMs: number | null
  /** Never above attemptTimeoutMs and timeoutMs. */
  readonly connectTimeoutMs: number
  readonly maxBytes: number
  /** null: switched off. */
  readonly bulkhead: { readonly maxInFlight: number; readonly maxQueue: number } | null
  /** null: none. The value may be null or false itself. */
  readonly fallback: { readonly value: unknown } | null
  readonly required: boolean
  readonly emptyStatuses: readonly number[]
  /** JSON Schema (2020-12) of the data. */
  readonly schema: Readonly<Record<string, unknown>> | null
  readonly validate: boolean
  readonly hidden: boolean
}

/** What a client may pass. */
export interface ParamConfig {
  readonly name: string
  /** JSON Schema (2020-12), without our own `required`; it still holds `default`. */
  readonly schema: Readonly<Record<string, unknown>>
  /** `required: true`, or in the path without a default. */
  readonly required: boolean
  readonly default: TemplateValue | undefined
}

export interface ViewConfig {
  readonly id: string
  readonly description: string | null
  readonly deadlineMs: number
  /** In the order of `data`. */
  readonly entries: readonly ViewEntry[]
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
