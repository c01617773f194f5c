import type { Config, SourceConfig, ViewConfig } from './config.ts'
import { formatMs } from './units.ts'

/** A configuration in a few lines, for a person. Holds nothing that is secret. */
export function summarize({ server, deadline, sources, views }: Config): readonly string[] {
  return [
    `ok: ${plural(sources.size, 'source')}, ${plural(views.size, 'view')}`,
    `  listens on ${server.host}:${server.port}, answers within ${formatMs(deadline.defaultMs)}`,
    ...[...sources.values()].map(describeSource),
    ...[...views.values()].map(describeView),
  ]
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function describeSource({ id, timeoutMs, attemptTimeoutMs, params, required, hidden, fallback }: SourceConfig): string {
  const facts = [
    `timeout ${formatMs(timeoutMs)}`,
    attemptTimeoutMs === null ? null : `attempt timeout ${formatMs(attemptTimeoutMs)}`,
    params.length === 0
      ? null
      : `params ${params.map((param) => param.name + (param.required ? ' (required)' : '')).join(', ')}`,
    required ? 'required' : null,
    hidden ? 'hidden' : null,
    fallback ? 'with a fallback' : null,
  ]
  return `  source ${id}: ${facts.filter((fact) => fact !== null).join('; ')}`
}

function describeView({ id, deadlineMs, entries }: ViewConfig): string {
  const keys = entries.map(({ key, source }) => (key === source ? key : `${key} (${source})`))
  return `  view ${id}: deadline ${formatMs(deadlineMs)}; ${keys.join(', ')}`
}
