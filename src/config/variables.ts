import { compilePlaceholders } from '../source/template-text.ts'
import type { SourceDraft } from './resolve-source.ts'
import type { SourceScope } from './scope.ts'
import type { Path } from './text/problems.ts'

/** What gives a template variable its value, and where that is written. */
export interface Provider {
  readonly name: string
  readonly kind: 'params' | 'bind' | 'forEach.as' | 'values'
  readonly path: Path
}

/** All providers of a source. Those of `values` come last, because they may come from `defaults`. */
export function providersOf({ id, source, at }: SourceScope): readonly Provider[] {
  const { params, bind, forEach, values } = source
  const here = ['sources', id]
  return [
    ...params.map(({ name }) => ({ name, kind: 'params' as const, path: [...here, 'params', name] })),
    ...bind.map(({ name }) => ({ name, kind: 'bind' as const, path: [...here, 'bind', name] })),
    ...(forEach ? [{ name: forEach.as, kind: 'forEach.as' as const, path: [...here, 'forEach', 'as'] }] : []),
    ...Object.keys(values).map((name) => ({ name, kind: 'values' as const, path: at('values', name) })),
  ]
}

/** Every variable that stands in the url, the headers or the body. */
export function usedNames(source: SourceDraft): ReadonlySet<string> {
  const { template, body, headers } = source
  return new Set([
    ...(template?.variables ?? []).map(({ name }) => name),
    ...(body?.variables ?? []),
    ...Object.values(headers).flatMap((text) => compilePlaceholders(text).variables),
  ])
}

/** Every text in a value, with its path. */
export function textsIn(value: unknown, path: Path): readonly { readonly text: string; readonly path: Path }[] {
  if (typeof value === 'string') return [{ text: value, path }]
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key]))
}
