import type { Scope } from '../schema/report.ts'
import type { SourceDraft } from './source/scope.ts'
import type { ViewConfig } from './view.ts'

/**
 * Refuses names such as `weather.q` for parameters where `weather` is a source, or a key of a view: `weather.q` is how
 * clients give the parameter `q` to it alone.
 */
export function checkClientNames(
  sources: Iterable<SourceDraft>,
  views: Iterable<ViewConfig>,
  { problem }: Scope,
): void {
  const all = [...sources]
  const keys = new Set([
    ...all.map(({ id }) => id),
    ...[...views].flatMap(({ entries }) => entries.map(({ key }) => key)),
  ])
  for (const { id, params } of all) {
    for (const { name, clientName = '' } of params) {
      const [, key = '', rest = ''] = /^([^.]+)\.(.*)$/s.exec(clientName) ?? []
      if (!keys.has(key)) continue
      const meaning = `"${clientName}" is how clients give the parameter "${rest}" to "${key}" alone`
      problem(['sources', id, 'params', name, 'name'], `${meaning}; choose another name`)
    }
  }
}
