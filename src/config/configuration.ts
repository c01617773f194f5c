import type { Config, SourceConfig } from './config.ts'
import type { Environment } from './schema/environment.ts'
import type { Input } from './schema/input.ts'
import { guesses, perKey } from './schema/keywords.ts'
import { block, byId, optional } from './schema/parts.ts'
import { publishSchema } from './schema/publish.ts'
import type { Scope } from './schema/report.ts'
import { cacheMemorySchema, resolveCacheMemory } from './sections/cache.ts'
import { checkClientNames } from './sections/client-names.ts'
import { deadlineSchema, resolveDeadline } from './sections/deadline.ts'
import { warnOfMembers } from './sections/members.ts'
import { redisSchema, resolveRedis } from './sections/redis.ts'
import { resolveServer, serverSchema } from './sections/server.ts'
import { checkCredentials } from './sections/source/claims.ts'
import { warnOfMaxBytes } from './sections/source/data.ts'
import { warnOfLimit } from './sections/source/for-each.ts'
import type { SourceDraft } from './sections/source/scope.ts'
import { defaultsSchema, ownKeys, SOURCE_EXAMPLE, sourceSchema } from './sections/source/source.ts'
import { checkWhen } from './sections/source/when.ts'
import { resolveSources, warnOfNoView, warnOfTimeouts } from './sections/sources.ts'
import { resolveViews, viewSchema } from './sections/view.ts'

/** The whole file: its sections together. */

const keys = {
  ...optional({
    server: serverSchema,
    deadline: deadlineSchema,
    cache: cacheMemorySchema,
    redis: redisSchema,
    defaults: defaultsSchema,
  }),
  sources: byId(sourceSchema, {
    description: 'The upstream APIs by id. Required.',
    examples: [{ weather: SOURCE_EXAMPLE }],
    alsoCalled:
      'services upstreams backends apis providers clusters targets hosts servers gateways origins proxies requests resources',
  }),
  ...optional({
    views: byId(viewSchema, {
      description: 'Views by id. Default: none.',
      examples: [{ home: { sources: ['weather'] } }],
      alsoCalled: 'query queries aggregates pages',
    }),
  }),
}

/** Where keys belong that users write at the top level by mistake. The last row with a key wins. */
const misplaced = {
  ...perKey(Object.keys(defaultsSchema.properties), (key) => {
    return `belongs to a source, or to defaults for all of them; write defaults: { ${key}: {value} }`
  }),
  ...perKey(Object.keys(ownKeys), (key) => `belongs to a source; write sources: { weather: { ${key}: … } }`),
  ...perKey(Object.keys(serverSchema.properties), (key) => {
    return `belongs to server; write server: { ${key}: {value} }`
  }),
}

/** The whole configuration. Static types, validation and config.schema.json derive from it. */
export const configSchema = block(keys, {
  description: 'Configuration of Tributary.',
  misplaced,
  guesses: guesses(
    [
      'endpoints routes paths locations aggregations',
      'did you mean "sources" (the APIs that are called) or "views" (what clients ask for)?',
    ],
    ['default global globals common', 'did you mean "defaults"?'],
    ['http listen listener', 'did you mean "server"? Write for example server: { port: 3000 }'],
    ['resilience policies', 'did you mean "defaults"? Write for example defaults: { timeout: 1s }'],
    ['health healthcheck liveness readiness', 'GET /health/live and /health/ready are always there'],
    ['openapi swagger apidocs', 'GET /docs is there unless server: { docs: false } is written'],
    ['env environment vars variables secrets', 'write ${NAME} where a value belongs'],
    ['include includes import imports extends', 'a configuration is one file; write all in it'],
    ['plugins plugin middleware middlewares handlers', 'there are no plugins; leave it out'],
    ['name title description id', 'leave it out, or write it in a comment (# …)'],
    ['version', 'there is no version of the format; leave it out'],
    ['$schema', 'it is for editors; in YAML, write the comment # yaml-language-server: $schema=config.schema.json'],
  ),
})

/** The configuration as written, without the parts that the schema refuses. */
export type ConfigInput = Input<typeof configSchema>

/** The JSON Schema of a configuration, for editors and other tools: config.schema.json. */
export function publicSchema(): Readonly<Record<string, unknown>> {
  return publishSchema({ ...configSchema })
}

/**
 * Resolves the input and makes the checks that a schema cannot express, section by section: errors in one section do
 * not prevent the checks of another. The result is valid only if no problem was reported.
 */
export function resolveConfig(input: ConfigInput, environment: Environment, scope: Scope): Omit<Config, 'secrets'> {
  const deadline = resolveDeadline(input.deadline, scope)
  const scopes = resolveSources(input, scope)
  const drafts = new Map(scopes.map(({ id, source }) => [id, source]))
  const views = resolveViews(input.views, { sources: drafts, deadline }, scope)
  checkClientNames(drafts.values(), views.values(), scope)
  warnOfTimeouts(scopes, [...views.values()], deadline)
  warnOfNoView(scopes, [...views.values()])
  warnOfMembers(scope, scopes, views, input.views ?? {})
  const server = resolveServer(input.server, environment, scope)
  checkCredentials(scope, [...drafts.values()], server.auth)
  for (const source of scopes) checkWhen(source, server.auth)
  for (const source of scope.isBroken(['server']) ? [] : scopes) {
    warnOfMaxBytes(source, server.maxAnswerBytes)
    warnOfLimit(source, server.maxAttempts)
  }
  const cache = resolveCacheMemory(input.cache)
  return { server, deadline, cache, redis: resolveRedis(input.redis, scope), sources: finished(drafts), views }
}

/** Omits sources whose URL template is invalid; that was reported as a problem. */
function finished(drafts: ReadonlyMap<string, SourceDraft>): ReadonlyMap<string, SourceConfig> {
  return new Map(
    [...drafts].flatMap(([id, { template, ...source }]) =>
      template === null ? [] : [[id, { ...source, template }] as const],
    ),
  )
}
