import { compileTemplate, type Template } from '../source/template.ts'
import { checkVisible } from './check.ts'
import { checkGraph, warnOfUnread } from './check-graph.ts'
import { checkSource } from './check-source.ts'
import { mergeSource } from './merge-source.ts'
import { readSources, resolveBind, resolveBody, resolveForEach, sourcesInViews } from './resolve-compose.ts'
import { type Compiled, resolveSource } from './resolve-source.ts'
import { warnOfUnasked, withSafety } from './safety.ts'
import { readExpression } from './schema/expression.ts'
import type { Written, WrittenDefaults, WrittenSource } from './schema.ts'
import { placesOf, type Scope, type SourceScope, sourceScope } from './scope.ts'
import type { Path } from './text/problems.ts'
import { usedNames } from './variables.ts'

/** Resolves every source and checks it, and how they depend on each other. */
export function assembleSources(written: Written, scope: Scope): readonly SourceScope[] {
  const { defaults = {}, sources = {} } = written
  const read = readSources(written)
  const resolved = Object.entries(sources).map(([id, own]) => {
    const merged = mergeSource(defaults, own)
    const compiled = compile(id, own, defaults, merged, scope)
    const source = resolveSource(id, merged, compiled, read.has(id))
    return sourceScope(scope, { id, own, defaults, written: merged, source })
  })
  const scopes = withSafety(resolved)
  for (const source of scopes) checkSource(source)
  checkGraph(scope, scopes)
  warnOfUnread(scope, scopes, sourcesInViews(written))
  const byId = new Map(scopes.map(({ id, source }) => [id, source]))
  for (const source of scopes) warnOfUnasked(source, byId)
  checkVisible(
    scope,
    scopes.map(({ source }) => source),
    Object.hasOwn(written, 'views') || scope.isBroken(['views']),
  )
  warnOfUnusedDefaults(defaults, scopes, scope)
  return scopes
}

function compile(
  id: string,
  own: WrittenSource,
  defaults: WrittenDefaults,
  merged: WrittenSource,
  scope: Scope,
): Compiled {
  const expression = (text: string, path: Path) => readExpression(text, path, scope)
  const at = placesOf(id, own, defaults)
  return {
    ...templates(own.url, ['sources', id, 'url'], scope),
    body: resolveBody(own, merged),
    select: merged.select === undefined ? null : expression(merged.select, at('select')),
    bind: resolveBind(id, own, expression),
    forEach: resolveForEach(id, own, expression),
  }
}

type Templates = Pick<Compiled, 'template' | 'shownTemplate'>

function templates(url: string | undefined, path: Path, scope: Scope): Templates {
  const template = compileUrl(url, path, scope)
  const masked = scope.masked(path)
  return { template, shownTemplate: masked === null ? template : compileMasked(masked) }
}

/** Null where the reference stood for a part that a mask cannot stand for, such as the port. */
function compileMasked(masked: string): Template | null {
  try {
    return compileTemplate(masked)
  } catch {
    return null
  }
}

function compileUrl(url: string | undefined, path: Path, { problem, isBroken }: Scope): Template | null {
  if (url === undefined || isBroken(path)) return null
  try {
    return compileTemplate(url)
  } catch (error) {
    problem(path, (error as Error).message)
    return null
  }
}

function warnOfUnusedDefaults({ values }: WrittenDefaults, scopes: readonly SourceScope[], { warn }: Scope): void {
  if (scopes.some(({ source, hasBroken }) => source.template === null || hasBroken('body', 'headers'))) return
  const used = new Set(scopes.flatMap(({ source }) => [...usedNames(source)]))
  for (const name of Object.keys(values || {})) {
    if (!used.has(name)) warn(['defaults', 'values', name], 'is used nowhere; leave it out')
  }
}
