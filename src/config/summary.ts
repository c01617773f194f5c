import type { Method } from '../core/method.ts'
import type { Config, SourceConfig, ViewConfig } from './config.ts'
import { dependenciesOf } from './sections/source/dependencies.ts'
import { nameFor } from './sections/source/params.ts'
import { RETRY_DEFAULTS } from './sections/source/retry.ts'
import { formatMs } from './text/units.ts'

/** A summary of a configuration, without secrets. Durations are milliseconds. */
export interface Summary {
  readonly listen: { readonly host: string; readonly port: number }
  readonly deadlineMs: number
  readonly sources: readonly SourceSummary[]
  readonly views: readonly ViewSummary[]
}

interface SourceSummary {
  readonly id: string
  readonly method: Method
  /** Whether calling it changes nothing (RFC 9110, section 9.2.1). */
  readonly safe: boolean
  /** How many origins it has in place of that of its URL; null for none. */
  readonly origins: number | null
  /** How calls are spread over them; null without them. */
  readonly balance: SourceConfig['balance'] | null
  readonly timeoutMs: number
  readonly attemptTimeoutMs: number | null
  /** The most attempts of one call, without hedges. */
  readonly attempts: number
  readonly hedged: boolean
  readonly rateLimit: { readonly max: number; readonly perMs: number } | null
  /** Null where nothing is cached. */
  readonly cacheTtlMs: number | null
  readonly params: readonly { readonly name: string; readonly required: boolean }[]
  readonly required: boolean
  readonly hidden: boolean
  /** Whether a fallback is configured. */
  readonly fallback: boolean
  /** The ids of the sources whose data it needs. */
  readonly needs: readonly string[]
  /** The one of `needs`, or the parameter, that is the list of `forEach`; null without `forEach`. */
  readonly itemsOf: string | null
  /** The most items of one call; null for one call per item. */
  readonly batchSize: number | null
}

interface ViewSummary {
  readonly id: string
  readonly method: Method
  /** Where it is served. */
  readonly path: string
  readonly deadlineMs: number
  /** In the order of `data`: the key there, and the source's id. */
  readonly entries: readonly { readonly key: string; readonly source: string }[]
  readonly shaped: boolean
}

/** Summarizes a configuration for programs. Sources and views are in the order of the file. */
export function summarize({ server, deadline, sources, views }: Config): Summary {
  return {
    listen: { host: server.host, port: server.port },
    deadlineMs: deadline.defaultMs,
    sources: [...sources.values()].map(summarizeSource),
    views: [...views.values()].map(summarizeView),
  }
}

function summarizeSource(source: SourceConfig): SourceSummary {
  const { id, method, safe, timeoutMs, attemptTimeoutMs, params, required, hidden, fallback, forEach } = source
  return {
    id,
    method,
    safe,
    origins: source.origins?.length ?? null,
    balance: source.origins === null ? null : source.balance,
    timeoutMs,
    attemptTimeoutMs,
    attempts: (source.idempotent ? source.retry?.attempts : null) ?? 1,
    hedged: source.idempotent && source.hedge !== null,
    rateLimit: source.rateLimit,
    cacheTtlMs: source.cache?.ttlMs ?? null,
    params: params.map((param) => ({ name: nameFor(param), required: param.required })),
    required,
    hidden,
    fallback: fallback !== null,
    needs: [...new Set(dependenciesOf(source).map(({ from }) => from))],
    itemsOf: forEach?.from ?? forEach?.param ?? null,
    batchSize: forEach?.batch?.size ?? null,
  }
}

function summarizeView({ id, method, path, deadlineMs, entries, shape }: ViewConfig): ViewSummary {
  return {
    id,
    method,
    path: path?.text ?? `/aggregate/${id}`,
    deadlineMs,
    entries: entries.map(({ key, source }) => ({ key, source })),
    shaped: shape !== null,
  }
}

/** Formats a summary for people, as lines of text. */
export function formatSummary({ listen, deadlineMs, sources, views }: Summary): readonly string[] {
  return [
    `ok: ${plural(sources.length, 'source')}, ${plural(views.length, 'view')}`,
    `  listens on ${listen.host}:${listen.port}, answers within ${formatMs(deadlineMs)}`,
    ...sources.map(formatSource),
    ...views.map(formatView),
  ]
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** One line about a source, without settings that have their default value. */
function formatSource(source: SourceSummary): string {
  const { id, origins, timeoutMs, attemptTimeoutMs, attempts, params, rateLimit, cacheTtlMs, needs, itemsOf } = source
  const facts = [
    source.method === 'GET' ? null : source.method,
    source.safe ? null : 'unsafe',
    origins === null ? null : `${plural(origins, 'origin')}${source.balance === 'failover' ? ' (failover)' : ''}`,
    `timeout ${formatMs(timeoutMs)}`,
    attemptTimeoutMs === null ? null : `attempt timeout ${formatMs(attemptTimeoutMs)}`,
    attempts === RETRY_DEFAULTS.attempts ? null : plural(attempts, 'attempt'),
    source.hedged ? 'hedged' : null,
    rateLimit && `at most ${rateLimit.max} per ${formatMs(rateLimit.perMs)}`,
    cacheTtlMs === null ? null : `cached ${formatMs(cacheTtlMs)}`,
    params.length === 0
      ? null
      : `params ${params.map((param) => param.name + (param.required ? ' (required)' : '')).join(', ')}`,
    needs.length === 0 ? null : `needs ${needs.join(', ')}`,
    itemsOf === null
      ? null
      : `one call per ${source.batchSize === null ? 'item' : `${source.batchSize} items`} of ${itemsOf}`,
    source.required ? 'required' : null,
    source.hidden ? 'hidden' : null,
    source.fallback ? 'with a fallback' : null,
  ]
  return `  source ${id}: ${facts.filter((fact) => fact !== null).join('; ')}`
}

function formatView({ id, method, path, deadlineMs, entries, shaped }: ViewSummary): string {
  const route = method === 'GET' && path === `/aggregate/${id}` ? '' : `${method} ${path}; `
  const keys = entries.map(({ key, source }) => (key === source ? key : `${key} (${source})`))
  return `  view ${id}: ${route}deadline ${formatMs(deadlineMs)}; ${shaped ? 'shaped; ' : ''}${keys.join(', ')}`
}
