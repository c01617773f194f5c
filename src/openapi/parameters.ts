import { isDeepStrictEqual } from 'node:util'
import type { Entry } from '../aggregate/entry.ts'
import type { Parameter } from '../source/parameter.ts'
import { hasReferences } from './rebase.ts'
import type { Schema } from './schemas.ts'

/** The query of an answer: what is said of the whole, and the parameters of the sources it holds. */

/** Parameters that every answer has; components of the document. */
export const PARAMETERS: Readonly<Record<string, Schema>> = {
  DeadlineMs: inQuery(
    'deadlineMs',
    { type: 'integer', minimum: 1 },
    'Answer within so many milliseconds. It only ever shortens the deadline.',
  ),
  Strict: inQuery(
    'strict',
    { type: 'boolean', default: false },
    'Every source asked counts as required: if one fails, so does the answer.',
  ),
  Explain: inQuery('explain', { type: 'boolean', default: false }, 'Adds `meta.sources`: how each source was asked.'),
  Prefer: {
    name: 'Prefer',
    in: 'header',
    description:
      'Preferences (RFC 7240), such as `wait=1, handling=strict`: `wait` (seconds) shortens the deadline, `handling=strict` is `strict=true`. What is honoured comes back in Preference-Applied.',
    schema: { type: 'string' },
  },
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    description:
      'A name for the request, for logs and sources; one is made up where it is missing or has other characters.',
    schema: { type: 'string', pattern: '^[\\w-]{1,128}$' },
  },
}

const refsTo = (place: string): readonly Schema[] =>
  Object.keys(PARAMETERS)
    .filter((name) => PARAMETERS[name]?.in === place)
    .map((name) => ({ $ref: `#/components/parameters/${name}` }))

/** References to them, by where they go. */
export const COMMON = { query: refsTo('query'), header: refsTo('header') }

function inQuery(name: string, schema: Schema, description: string): Schema {
  return { name, in: 'query', description, schema }
}

/** `sources`, which picks among the entries of an answer. */
export function sourcesParameter(entries: readonly Entry[]): Schema {
  const items = { type: 'string', enum: entries.map(({ key }) => key) }
  const description = 'Asks only these; all without it. The order is that of `data`.'
  return { ...inQuery('sources', { type: 'array', items, minItems: 1 }, description), style: 'form', explode: false }
}

interface Use {
  readonly entry: Entry
  readonly parameter: Parameter
}

/** A parameter a name; it goes to every entry that takes one of that name. */
export function flatParameters(entries: readonly Entry[]): readonly Schema[] {
  return usesByName(entries).map(([name, users]) => flat(name, users))
}

/** Where several entries take a parameter of the same name: one for each entry alone. */
export function dottedParameters(entries: readonly Entry[]): readonly Schema[] {
  return usesByName(entries).flatMap(([, users]) => (users.length === 1 ? [] : users.map(dotted)))
}

/** The component that holds the schema of a parameter, where it needs a place of its own. */
export function parameterName(source: string, name: string): string {
  return `${source}.${name}`
}

function usesByName(entries: readonly Entry[]): readonly (readonly [string, readonly Use[]])[] {
  const uses = entries.flatMap((entry) => open(entry).map((parameter) => ({ entry, parameter })))
  return [...Map.groupBy(uses, ({ parameter }) => parameter.name)]
}

function open({ source, fixed }: Entry): readonly Parameter[] {
  return [...source.parameters.values()].filter(({ name }) => !Object.hasOwn(fixed, name))
}

function schemaOf({ entry, parameter }: Use): Schema {
  const { schema, name } = parameter
  return hasReferences(schema)
    ? { $ref: `#/components/schemas/${parameterName(entry.source.id, name)}` }
    : (schema as Schema)
}

/** Where schemas differ, what they agree on is said once, so that a page can show one type and one default. */
function flat(name: string, users: readonly Use[]): Schema {
  const schemas = users.map(schemaOf)
  const [first = {}, ...others] = schemas
  const agree = (key: string) => key in first && others.every((schema) => isDeepStrictEqual(schema[key], first[key]))
  const common = ['type', 'default', 'description'].filter(agree).map((key) => [key, first[key]] as const)
  const bare = schemas.map(({ default: _, description: __, ...rest }) => rest)
  const anyOf = bare.filter((one, index) => bare.findIndex((other) => isDeepStrictEqual(one, other)) === index)
  const schema = { ...Object.fromEntries(common), ...(anyOf.length === 1 ? anyOf[0] : { anyOf }) }
  return query(name, `Goes to ${users.map(({ entry }) => entry.key).join(', ')}.`, schema, users.some(needed))
}

/** Without the default: what is not given here is what the flat one says. */
function dotted(use: Use): Schema {
  const { key } = use.entry
  const { name } = use.parameter
  const { default: _, ...schema } = schemaOf(use)
  return query(`${key}.${name}`, `In place of \`${name}\`, for ${key} alone.`, schema, false)
}

function needed({ parameter }: Use): boolean {
  return parameter.required && parameter.default === undefined
}

function query(name: string, role: string, { description, ...schema }: Schema, required: boolean): Schema {
  const text = typeof description === 'string' ? `${description.replace(/\.?$/, '.')} ${role}` : role
  return { ...inQuery(name, schema, text), ...(required ? { required } : {}) }
}
