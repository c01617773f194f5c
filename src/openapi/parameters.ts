import { isDeepStrictEqual } from 'node:util'
import type { Entry } from '../aggregate/entry.ts'
import type { Parameter } from '../source/parameter.ts'
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
      '`wait=N` (seconds) shortens the deadline, `handling=strict` is `strict=true` (RFC 7240). What is honoured comes back in Preference-Applied.',
    schema: { type: 'string' },
    example: 'wait=1, handling=strict',
  },
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    description:
      'A name for the request, for logs and sources; one is made up where it is missing or has other characters.',
    schema: { type: 'string', pattern: '^[\\w-]{1,128}$' },
  },
}

/** References to those of them that go with every answer. */
export const COMMON: readonly Schema[] = Object.keys(PARAMETERS).map((name) => ({
  $ref: `#/components/parameters/${name}`,
}))

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

/** A parameter a name; where several entries take one of the same name, each has a dotted one besides. */
export function sourceParameters(entries: readonly Entry[]): readonly Schema[] {
  const uses = entries.flatMap((entry) => open(entry).map((parameter) => ({ entry, parameter })))
  const names = [...new Set(uses.map(({ parameter }) => parameter.name))]
  return names.flatMap((name) => {
    const users = uses.filter(({ parameter }) => parameter.name === name)
    return users.length === 1 ? [flat(name, users)] : [flat(name, users), ...users.map(dotted)]
  })
}

function open({ source, fixed }: Entry): readonly Parameter[] {
  return [...source.parameters.values()].filter(({ name }) => !Object.hasOwn(fixed, name))
}

function flat(name: string, users: readonly Use[]): Schema {
  const [first, ...others] = users.map(({ parameter }) => parameter.schema as Schema)
  const same = others.every((schema) => isDeepStrictEqual(schema, first))
  const schema = same && first !== undefined ? first : { anyOf: users.map(({ parameter }) => parameter.schema) }
  const takers = users.map(({ entry }) => entry.key).join(', ')
  return query(name, `For ${takers}.`, schema as Schema, users.some(needed))
}

function dotted({ entry, parameter }: Use): Schema {
  const name = `${entry.key}.${parameter.name}`
  return query(name, `\`${parameter.name}\` for ${entry.key} alone.`, parameter.schema as Schema, false)
}

function needed({ parameter }: Use): boolean {
  return parameter.required && parameter.default === undefined
}

function query(name: string, role: string, { description, ...schema }: Schema, required: boolean): Schema {
  const text = typeof description === 'string' ? `${description} (${role.slice(0, -1)})` : role
  return { ...inQuery(name, schema, text), ...(required ? { required } : {}) }
}
