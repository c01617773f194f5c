import manifest from '../../package.json' with { type: 'json' }
import type { Config } from '../config/config.ts'
import type { Source } from '../source/source.ts'
import { dataName } from './answers.ts'
import { CODE_COLUMNS, codeRows } from './codes.ts'
import { dataComponents } from './data-schema.ts'
import { HEADERS } from './headers.ts'
import { tableOf } from './markdown.ts'
import { withoutValues } from './parameter-schema.ts'
import { PARAMETERS, parameterName } from './parameters.ts'
import { PROBLEMS_PATH, RESPONSES } from './problems.ts'
import { hasReferences } from './rebase.ts'
import { SCHEMAS, type Schema } from './schemas.ts'
import { ACCESS_RESPONSES, securitySchemes, withAccess } from './security.ts'

/** The OpenAPI document, without its operations: routes have these. */

const DESCRIPTION = `One call to \`/aggregate\` asks every configured source at once. It answers by one deadline with what has arrived.
\`data\` has one key for each source. \`partial\` says whether any source failed, and \`failedSources\` says which, and why.

**Try it:** open *GET /aggregate* below, press *Try it out*, then *Execute*. When a source is slow or fails, its key in
\`data\` is null, \`partial\` is true, and \`failedSources\` holds a \`code\` for programs and a \`message\` for people. The
status is still 200, unless a *required* source failed or all sources failed. Then the answer is a problem document
(RFC 9457). [All problems](${PROBLEMS_PATH}) explains each kind, with an example.

<details><summary>All failure codes, and what they mean</summary>

${tableOf(CODE_COLUMNS, codeRows())}

The status is that of an answer in which only failures of this class count. If several classes count, the status is 502.

</details>`

const TAGS = [
  { name: 'aggregate', description: 'Ask all sources, or some, in one call' },
  { name: 'views', description: 'Named selections of sources' },
  { name: 'operations', description: 'The sources, and the state of the service' },
]

const OPENAPI = '3.1.0'

const INFO = {
  title: 'Tributary',
  version: manifest.version,
  description: DESCRIPTION,
  license: { name: 'MIT', identifier: 'MIT' },
} as const

export type Paths = Readonly<Record<string, Readonly<Record<string, Schema>>>>

/**
 * The document of a configuration. `paths` are the operations of its routes by path and method; the result is a copy of
 * them. It has only components that are used, and nothing that is switched off.
 */
export function documentOf(config: Config, sources: Iterable<Source>, paths: Paths): object {
  const { auth } = config.server
  const takesClaims = [...config.sources.values()].some(({ claims }) => claims.length > 0)
  const shown = without(auth === null ? paths : withAccess(paths, auth, takesClaims), switchedOff(config))
  const schemes = auth === null ? {} : securitySchemes(auth)
  const components = {
    schemas: { ...SCHEMAS, ...sourceSchemas([...sources]) },
    responses: { ...RESPONSES, ...ACCESS_RESPONSES },
    headers: HEADERS,
    parameters: PARAMETERS,
  }
  const head = {
    openapi: OPENAPI,
    info: INFO,
    servers: [{ url: '/', description: 'This service' }],
    security: Object.keys(schemes).map((name) => ({ [name]: [] })),
    tags: TAGS.filter(({ name }) => JSON.stringify(paths).includes(`"tags":["${name}"]`)),
  }
  const used = { ...usedOf(components, shown), ...(auth === null ? {} : { securitySchemes: schemes }) }
  const text = JSON.stringify({ ...head, paths: shown, components: used })
  // copy: shared objects would become anchors and aliases in YAML
  return JSON.parse(config.server.docs ? text : withoutLinks(text))
}

/** Removes the links to the page of problems, which `server.docs: false` switches off. */
function withoutLinks(text: string): string {
  return text.replaceAll(/\[([^\]]+)\]\(\/docs\/problems[^)]*\)/g, '$1')
}

type Components = Record<string, Record<string, Schema>>

/** The components that are used. Components refer to others, so those that are kept are searched, too. */
function usedOf(components: Components, paths: unknown, kept: Components = {}): Components {
  const text = JSON.stringify([paths, kept])
  const used = Object.fromEntries(
    Object.entries(components).map(([section, parts]) => [
      section,
      Object.fromEntries(
        Object.entries(parts).filter(([name]) => new RegExp(`"#/components/${section}/${name}["/]`).test(text)),
      ),
    ]),
  )
  return JSON.stringify(used) === JSON.stringify(kept) ? used : usedOf(components, paths, used)
}

/** The schemas of sources' data, and of parameters that refer to parts of themselves. */
function sourceSchemas(sources: readonly Source[]): Record<string, Schema> {
  const described = sources.flatMap(({ id, facts, parameters }) => [
    ...(facts.schema === null ? [] : [[dataName(id), facts.schema] as const]),
    ...[...parameters.values()]
      .filter(({ schema }) => hasReferences(schema))
      .map(({ name, schema }) => [parameterName(id, name), withoutValues(schema)] as const),
  ])
  return Object.assign({}, ...described.map(([name, schema]) => dataComponents(name, schema)))
}

function switchedOff({ server }: Config): readonly string[] {
  return [
    ...(server.explain ? [] : ['#/components/parameters/Explain']),
    ...(server.simulate ? [] : ['#/components/parameters/Simulate']),
    ...(server.serverTiming ? [] : ['#/components/headers/ServerTiming']),
  ]
}

/** A copy without references to `refs`. */
function without(value: unknown, refs: readonly string[]): unknown {
  const kept = (item: unknown) => !refs.includes(String((item as { $ref?: unknown } | null)?.$ref))
  if (Array.isArray(value)) return value.filter(kept).map((item) => without(item, refs))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, item]) => kept(item))
  return Object.fromEntries(entries.map(([key, item]) => [key, without(item, refs)]))
}
