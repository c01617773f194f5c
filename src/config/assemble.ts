import { assembleSources } from './assemble-sources.ts'
import { checkDeadline, checkServer, warnOfBounds, warnOfLongTimeout } from './check.ts'
import { checkView } from './check-view.ts'
import type { Config, DeadlineConfig, ServerConfig, SourceConfig, ViewConfig } from './config.ts'
import { dependantsOf, withDependants } from './graph.ts'
import { resolveCache, resolveDeadline, resolveServer, resolveView } from './resolve.ts'
import { resolveShape } from './resolve-compose.ts'
import type { SourceDraft } from './resolve-source.ts'
import { readExpression } from './schema/expression.ts'
import type { Written, WrittenServer } from './schema.ts'
import type { Scope, SourceScope } from './scope.ts'
import type { Environment } from './text/environment.ts'
import { warnOfMembers } from './warn-members.ts'

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
  warnOfMembers(scope, scopes, views, written.views ?? {})
  const server = assembleServer(written.server ?? {}, environment, scope)
  if (!scope.isBroken(['server'])) for (const source of scopes) warnOfBounds(source, server)
  const cache = resolveCache(written.cache ?? {})
  // a source without a template was reported as a problem
  return { server, deadline, cache, sources: sources as ReadonlyMap<string, SourceConfig>, views }
}

function assembleServer(written: WrittenServer, environment: Environment, scope: Scope): ServerConfig {
  const { HOST, PORT } = environment
  const valid = PORT !== undefined && /^[0-9]{1,5}$/.test(PORT) && Number(PORT) <= 65_535
  if (PORT && !valid)
    scope.problem(['PORT'], 'must be a whole number from 0 to 65535; correct the environment variable')
  if (environment.NODE_TLS_REJECT_UNAUTHORIZED === '0')
    scope.problem(['NODE_TLS_REJECT_UNAUTHORIZED'], NO_UNCHECKED_TLS)
  const server = resolveServer({
    ...written,
    ...(HOST ? { host: HOST } : {}),
    ...(valid ? { port: Number(PORT) } : {}),
  })
  checkServer(scope, server, HOST ? ['HOST'] : ['server', 'host'])
  return server
}

const NO_UNCHECKED_TLS =
  'would switch off the check of certificates, which is never possible; unset the environment variable, and name a private CA in NODE_EXTRA_CA_CERTS'

function assembleViews(
  written: Written,
  sources: ReadonlyMap<string, SourceDraft>,
  deadline: DeadlineConfig,
  scope: Scope,
): ReadonlyMap<string, ViewConfig> {
  const entries = Object.entries(written.views ?? {}).map(([id, own]) => {
    const shape = resolveShape(id, own, (text, path) => readExpression(text, path, scope))
    const view = resolveView(id, own, deadline.defaultMs, sources, shape)
    checkView({ ...scope, view, written: own, sources, deadline })
    return [id, view] as const
  })
  return new Map(entries)
}

function warnOfTimeouts(scopes: readonly SourceScope[], views: readonly ViewConfig[], deadline: DeadlineConfig): void {
  // the dependencies are not known
  if (scopes.some(({ hasBroken }) => hasBroken('bind', 'forEach'))) return
  const dependants = dependantsOf(scopes.map(({ source }) => source))
  for (const scope of scopes) {
    if (scope.hasBroken('timeout') || scope.isBroken(['deadline']) || scope.isBroken(['views'])) continue
    const callers = withDependants(scope.id, dependants)
    const visible = scopes.some(({ id, source }) => callers.has(id) && !source.hidden)
    warnOfLongTimeout(scope, { source: scope.source, callers, visible, path: scope.at('timeout'), views, deadline })
  }
}
