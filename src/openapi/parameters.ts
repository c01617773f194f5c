import { isDeepStrictEqual } from 'node:util'
import { type Entry, type Menu, withNeeds } from '../aggregate/menu.ts'
import type { Parameter } from '../source/parameter.ts'
import { typesOf } from '../source/reading.ts'
import { inCode } from './markdown.ts'
import { commonSchema, withoutValues } from './parameter-schema.ts'
import { hasReferences } from './rebase.ts'
import type { Schema } from './schemas.ts'

/** The query parameters of an answer: those of every answer, and those of its sources. */

/** Parameters of every answer; components of the document. */
export const PARAMETERS: Readonly<Record<string, Schema>> = {
  DeadlineMs: inQuery(
    'deadlineMs',
    { type: 'integer', minimum: 1 },
    'Shortens the deadline of the answer to this number of milliseconds. It cannot lengthen it.',
  ),
  Strict: inQuery(
    'strict',
    { type: 'boolean' },
    'Makes every source that is asked required: if one fails, the answer fails. The default is `false`.',
  ),
  Explain: inQuery(
    'explain',
    { type: 'boolean' },
    'Adds `meta.sources`, which tells how each source was asked. The default is `false`.',
  ),
  Simulate: {
    ...inQuery(
      'simulate',
      { type: 'array', items: { type: 'string' } },
      'Makes the call of a key of `data` end in a certain way, without asking the source: `news:http_response_timeout` or another failure code, `news:upstream_status=503`, `news:empty`, or `news:delay=800ms` to ask it that much later. Repeat it for several keys. For development.',
    ),
    style: 'form',
    explode: true,
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    description:
      'Preferences (RFC 7240), such as `wait=1, handling=strict`: `wait` shortens the deadline to a number of seconds, `handling=strict` means the same as `strict=true`, and `handling=lenient` the default. The header Preference-Applied lists those that were honoured.',
    schema: { type: 'string' },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description:
      'The ETag of an answer that the client has: if `data` is still the same, the answer is a 304 without a body.',
    schema: { type: 'string' },
  },
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    description:
      'Names the request in logs and towards sources. If it is missing or has other characters, a new id is made.',
    schema: { type: 'string', pattern: '^[\\w-]{1,128}$' },
  },
}

const refsTo = (place: string): readonly Schema[] =>
  Object.keys(PARAMETERS)
    .filter((name) => PARAMETERS[name]?.in === place)
    .map((name) => ({ $ref: `#/components/parameters/${name}` }))

/** References to `PARAMETERS`, by their location. */
export const COMMON = { query: refsTo('query'), header: refsTo('header') }

/** The headers of a POST, whose answers are not cached. */
export const POST_HEADERS = COMMON.header.filter(({ $ref }) => !String($ref).endsWith('/IfNoneMatch'))

function inQuery(name: string, schema: Schema, description: string): Schema {
  return { name, in: 'query', description, schema }
}

/** The parameter `sources`, which selects entries of an answer. */
export function sourcesParameter(entries: readonly Entry[]): Schema {
  const items = { type: 'string', enum: entries.map(({ key }) => key) }
  const description =
    'Asks only these sources. Without it, all are asked. `data` has them in the order given here. In this page, hold Ctrl (on a Mac, Command) to choose several.'
  return { ...inQuery('sources', { type: 'array', items, minItems: 1 }, description), style: 'form', explode: false }
}

interface Use {
  readonly entry: Entry
  readonly parameter: Parameter
}

/** The parameters of entries and of the sources that they need: one for each name, passed to all sources with it. */
export function flatParameters(entries: readonly Entry[], menu: Menu): readonly Schema[] {
  return usesByName(entries).map(([name, uses]) => flat(name, uses, isAlwaysNeeded(uses, menu)))
}

/** Whether a parameter is required whichever entries `sources` selects. */
function isAlwaysNeeded(uses: readonly Use[], menu: Menu): boolean {
  const needing = new Set(uses.filter(needed).map(({ entry }) => entry))
  return menu.entries.every((entry) => withNeeds([entry], menu).some((wanted) => needing.has(wanted.entry)))
}

/**
 * Parameters such as `weather.q`: one for each entry, if several entries take a parameter of the same name. A variable of
 * the path has one value for all.
 */
export function dottedParameters(entries: readonly Entry[], inPath: readonly string[]): readonly Schema[] {
  return usesByName(entries).flatMap(([name, uses]) =>
    uses.length === 1 || inPath.includes(name) ? [] : uses.map(dotted),
  )
}

/** Those that are variables of the path: always required, and in the form in which a path has them. */
export function pathParameters(parameters: readonly Schema[], inPath: readonly string[]): readonly Schema[] {
  return parameters
    .filter(({ name }) => inPath.includes(String(name)))
    .map((parameter) => ({ ...parameter, in: 'path', required: true }))
}

/** Those that are no variables of the path. */
export function outsidePath(parameters: readonly Schema[], inPath: readonly string[]): readonly Schema[] {
  return parameters.filter(({ name }) => !inPath.includes(String(name)))
}

/**
 * The name of the component with the schema of a parameter; used if the schema has references. `name` is that in the
 * configuration: a component's name holds no brackets.
 */
export function parameterName(source: string, name: string): string {
  return `${source}.${name}`
}

function usesByName(entries: readonly Entry[]): readonly (readonly [string, readonly Use[]])[] {
  const uses = entries.flatMap((entry) => open(entry).map((parameter) => ({ entry, parameter })))
  return [...Map.groupBy(uses, ({ parameter }) => parameter.clientName)]
}

function open({ source, fixed }: Entry): readonly Parameter[] {
  return [...source.parameters.values()].filter(({ name, schema }) => !Object.hasOwn(fixed, name) && isText(schema))
}

/** Whether a query can contain such a value. Objects have no form there, and Swagger UI would make one up. */
function isText(schema: object): boolean {
  const types = typesOf(schema)
  const { items } = schema as { readonly items?: unknown }
  if (types.length === 1 && types[0] === 'array' && items !== undefined) return isText(items as object)
  return types.length === 0 || types.some((type) => type !== 'object' && type !== 'null')
}

function schemaOf({ entry, parameter }: Use): Schema {
  const { schema, name } = parameter
  return hasReferences(schema)
    ? { $ref: `#/components/schemas/${parameterName(entry.source.id, name)}` }
    : withoutValues(schema)
}

function flat(name: string, uses: readonly Use[], required: boolean): Schema {
  const alike = uses.every((use) => isDeepStrictEqual(schemaOf(use), schemaOf(uses[0] as Use)))
  const keys = uses.map(({ entry }) => `\`${entry.key}\``)
  const sentences = [
    ...new Set(uses.map(({ parameter }) => said(parameter.schema))),
    `Is sent to ${LIST.format(keys)}.`,
    alike ? '' : `What is valid differs; see ${LIST.format(uses.map(({ entry }) => `\`${entry.key}.${name}\``))}.`,
    ...defaultsOf(uses),
    ...(required ? [] : needsOf(uses)),
  ]
  return query(
    name,
    sentences,
    commonSchema(uses.map((use) => ({ schema: schemaOf(use), types: typesOf(use.parameter.schema) }))),
    required,
  )
}

/** Its default is not shown: without it, the value of the flat parameter applies. */
function dotted(use: Use): Schema {
  const { entry, parameter } = use
  const { clientName } = parameter
  const sentences = [said(parameter.schema), `Replaces \`${clientName}\` for \`${entry.key}\` only.`]
  return query(`${entry.key}.${clientName}`, sentences, schemaOf(use), false)
}

const LIST = new Intl.ListFormat('en')

function defaultsOf(uses: readonly Use[]): readonly string[] {
  const defaults = uses.flatMap(({ entry, parameter }) =>
    parameter.default === undefined ? [] : [{ key: entry.key, text: inCode(parameter.default) }],
  )
  const [first] = defaults
  if (first === undefined) return []
  const same = defaults.length === uses.length && defaults.every(({ text }) => text === first.text)
  if (same) return [`The default is ${first.text}.`]
  return [`The default is ${LIST.format(defaults.map(({ key, text }) => `${text} for \`${key}\``))}.`]
}

function needsOf(uses: readonly Use[]): readonly string[] {
  const keys = uses.filter(needed).map(({ entry }) => `\`${entry.key}\``)
  return keys.length === 0 ? [] : [`Must be given when ${LIST.format(keys)} is asked.`]
}

function needed({ parameter }: Use): boolean {
  return parameter.required && parameter.default === undefined
}

/** The description of a parameter in the configuration, as a sentence, with its first example. */
function said(schema: object): string {
  const { description, examples } = schema as { readonly description?: unknown; readonly examples?: unknown }
  const text = typeof description === 'string' && description !== '' ? description.replace(/[.\s]*$/, '.') : ''
  const example = Array.isArray(examples) && examples.length > 0 ? `Example: ${inCode(examples[0])}.` : ''
  return [text, example].filter((part) => part !== '').join(' ')
}

function query(name: string, sentences: readonly string[], schema: Schema, required: boolean): Schema {
  const text = sentences.filter((sentence) => sentence !== '').join(' ')
  return { ...inQuery(name, schema, text), ...(required ? { required } : {}) }
}
