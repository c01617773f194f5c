import { compileTemplate, type Template } from '../source/template.ts'
import { checkDeadline, checkServer, checkVisible, warnOfLongTimeout } from './check.ts'
import { checkSource } from './check-source.ts'
import { checkView } from './check-view.ts'
import type { Config, DeadlineConfig, ServerConfig, SourceConfig, ViewConfig } from './config.ts'
import type { Environment } from './environment.ts'
import { mergeSource } from './merge-source.ts'
import type { Path } from './problems.ts'
import { resolveCache, resolveDeadline, resolveServer, resolveView } from './resolve.ts'
import { resolveSource, type SourceDraft } from './resolve-source.ts'
import type { Written, WrittenDefaults, WrittenServer } from './schema.ts'
import { type Scope, type SourceScope, sourceScope } from './scope.ts'

/**
 * Resolves what was written and checks what the schema can't say, part by part, so that a part with errors leaves the
 * others their checks. The result stands only if no problem was found.
 */
export function assemble(written: Written, environment: Environment, scope: Scope): Config {
  const deadline = resolveDeadline(written.deadline ?? {})
  checkDeadline(scope, deadline)
  const scopes = assembleSources(written, scope)
  const sources = new Map(scopes.map(({ id, source }) => [id, source]))
  const views = assembleViews(written, sources, deadline, scope)
  warnOfTimeouts(scopes, [...views.values()], deadline)
  const server = assembleServer(written.server ?? {}, environment, scope)
  const cache = resolveCache(written.cache ?? {})
  // Where nothing was found, every template is there.
  return { server, deadline, cache, sources: sources as ReadonlyMap<string, SourceConfig>, views }
}

function assembleServer(written: WrittenServer, environment: Environment, scope: Scope): ServerConfig {
  const { HOST, PORT } = environment
  const valid = PORT !== undefined && /^[0-9]{1,5}$/.test(PORT) && Number(PORT) <= 65_535
  if (PORT && !valid)
    scope.problem(['PORT'], 'must be a whole number from 0 to 65535; correct the environment variable')
  const server = resolveServer({
    ...written,
    ...(HOST ? { host: HOST } : {}),
    ...(valid ? { port: Number(PORT) } : {}),
  })
  checkServer(scope, server)
  return server
}

function assembleSources(written: Written, scope: Scope): readonly SourceScope[] {
  const { defaults = {}, sources = {} } = written
  const scopes = Object.entries(sources).map(([id, own]) => {
    const merged = mergeSource(defaults, own)
    const source = resolveSource(id, merged, compile(own.url, ['sources', id, 'url'], scope))
    return sourceScope(scope, { id, own, defaults, written: merged, source })
  })
  for (const source of scopes) checkSource(source)
  checkVisible(
    scope,
    scopes.map(({ source }) => source),
  )
  warnOfUnusedDefaults(defaults, scopes, scope)
  return scopes
}

function compile(url: string | undefined, path: Path, { problem, isBroken }: Scope): Template | null {
  if (url === undefined || isBroken(path)) return null
  try {
    return compileTemplate(url)
  } catch (error) {
    problem(path, (error as Error).message)
    return null
  }
}

function assembleViews(
  written: Written,
  sources: ReadonlyMap<string, SourceDraft>,
  deadline: DeadlineConfig,
  scope: Scope,
): ReadonlyMap<string, ViewConfig> {
  const entries = Object.entries(written.views ?? {}).map(([id, own]) => {
    const view = resolveView(id, own, deadline.defaultMs, sources)
    checkView({ ...scope, view, written: own, sources, deadline })
    return [id, view] as const
  })
  return new Map(entries)
}

function warnOfUnusedDefaults({ values }: WrittenDefaults, scopes: readonly SourceScope[], { warn }: Scope): void {
  const templates = scopes.flatMap(({ source }) => source.template ?? [])
  if (templates.length < scopes.length) return
  const used = new Set(templates.flatMap(({ variables }) => variables).map(({ name }) => name))
  for (const name of Object.keys(values || {})) {
    if (!used.has(name)) warn(['defaults', 'values', name], 'is used in no url')
  }
}

function warnOfTimeouts(scopes: readonly SourceScope[], views: readonly ViewConfig[], deadline: DeadlineConfig): void {
  for (const scope of scopes) {
    if (scope.hasBroken('timeout') || scope.isBroken(['deadline']) || scope.isBroken(['views'])) continue
    warnOfLongTimeout(scope, { source: scope.source, path: scope.at('timeout'), views, deadline })
  }
}
