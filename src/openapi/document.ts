import type { Source } from '../source/source.ts'
import { dataName } from './answers.ts'
import { PARAMETERS } from './parameters.ts'
import { RESPONSES } from './problems.ts'
import { SCHEMAS, type Schema } from './schemas.ts'

/** What of the document belongs to no single route. */

const HEADERS: Readonly<Record<string, Schema>> = {
  RequestId: {
    description: 'The name of the request: the one given, or one made up',
    schema: { type: 'string' },
    required: true,
  },
  AggregatePartial: {
    description: 'Whether a source that was asked failed; the same as `partial`',
    schema: { type: 'string', enum: ['true', 'false'] },
  },
  ServerTiming: {
    description: 'How long the whole took, and each source; shown by browsers (W3C Server Timing)',
    schema: { type: 'string' },
    example: 'total;dur=81.5, weather;dur=40.1, news;dur=81.2;desc="upstream_status"',
  },
  PreferenceApplied: { description: 'What of Prefer was honoured (RFC 7240)', schema: { type: 'string' } },
  RetryAfter: { description: 'Seconds to wait before another try', schema: { type: 'integer', minimum: 1 } },
}

const DESCRIPTION = `One call to \`/aggregate\` asks every configured source at once, under one deadline, and answers in time with what has
arrived. \`data\` has one key a source. \`partial\` says whether any of them failed, and \`failedSources\` which, and why.

Try it: open **GET /aggregate**, press *Try it out*, then *Execute*. When a source is slow or fails, its key in \`data\` is null,
\`partial\` is true, and \`failedSources\` holds a \`code\` for programs and a \`message\` for people.`

/** The head of the document and its components; the paths are the routes'. */
export function documentHead(sources: readonly Source[]): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tributary',
      version: '0.1.0',
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This service' }],
    security: [],
    tags: [
      { name: 'aggregate', description: 'One call, all sources' },
      { name: 'views', description: 'Named choices of sources, each for one screen' },
      { name: 'operations', description: 'What there is, and how it is doing' },
    ],
    components: {
      schemas: { ...SCHEMAS, ...dataSchemas(sources) },
      responses: RESPONSES,
      headers: HEADERS,
      parameters: PARAMETERS,
    },
  }
}

function dataSchemas(sources: readonly Source[]): Record<string, Schema> {
  const described = sources.flatMap((source) =>
    source.facts.schema === null ? [] : [[source.id, source.facts.schema as Schema] as const],
  )
  return Object.fromEntries(
    described.map(([id, schema]) => [dataName(id), rebase(schema, `#/components/schemas/${dataName(id)}`) as Schema]),
  )
}

/** The whole document: the head with the paths, without the components that no path refers to. */
export function documentOf(head: object, paths: object): object {
  const { components } = head as { components: Record<string, Record<string, Schema>> }
  const text = JSON.stringify(paths)
  const used = (section: string, fixed: object = {}) => {
    const entries = Object.entries(components[section] ?? {})
    return Object.fromEntries(
      entries.filter(([name]) => name in fixed || text.includes(`#/components/${section}/${name}"`)),
    )
  }
  return {
    ...head,
    paths,
    components: { ...components, responses: used('responses'), schemas: used('schemas', SCHEMAS) },
  }
}

/** A reference within a source's schema, such as `#/$defs/a`, means another place once the schema is a component. */
function rebase(value: unknown, root: string): unknown {
  if (Array.isArray(value)) return value.map((item) => rebase(item, root))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const local = key === '$ref' && typeof item === 'string' && item.startsWith('#')
      return [key, local ? root + item.slice(1) : rebase(item, root)]
    }),
  )
}
