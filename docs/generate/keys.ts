/** Reads a JSON Schema for the reference: blocks of keys, each key with its type, default and description. */

export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly pattern?: string
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly $ref?: string
}

export interface Key {
  readonly name: string
  readonly type: string
  /** The default in Markdown: a value in backticks, or words. */
  readonly standard: string
  readonly text: string
  readonly example: unknown
}

/** The keys of a map with fixed names, in the order of the schema. */
export function keysOf(block: Schema): readonly Key[] {
  return Object.entries(block.properties ?? {}).map(([name, schema]) => {
    const required = block.required?.includes(name) === true || schema.description?.endsWith('Required.') === true
    return {
      name,
      type: typeOf(schema),
      standard: required ? 'required' : standardOf(schema),
      text: textOf(schema),
      example: schema.examples?.[0],
    }
  })
}

/** The block of fixed keys below a key: its own, or that of each entry if it is a map with arbitrary names. */
export function blockOf(schema: Schema): { readonly block: Schema; readonly isMap: boolean } | null {
  for (const form of formsOf(schema)) {
    if (form.properties) return { block: form, isMap: false }
    const entry = Object.values(form.patternProperties ?? {})[0]
    if (entry?.properties) return { block: entry, isMap: true }
  }
  return null
}

/** All alternatives at any depth, except the one for `${NAME}`, which every key has. */
function formsOf(schema: Schema): readonly Schema[] {
  if (schema.$ref !== undefined) return []
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(formsOf)
}

function typeOf(schema: Schema): string {
  const forms = [...new Set(formsOf(schema).map(formName))]
  return forms.length <= 1 ? (forms[0] ?? '') : `${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`
}

const SCALAR = new Map([
  ['boolean', 'boolean'],
  ['object', 'map'],
  ['string', 'string'],
])

function formName(form: Schema): string {
  if (form.const !== undefined) return code(form.const)
  if (form.enum !== undefined) return form.enum.map(code).join(', ')
  if (form.type === 'array') return `list of ${plural(typeOf(form.items ?? {}))}`
  if (form.type === 'integer' || form.type === 'number') return `${form.type}${boundsOf(form)}`
  if (form.pattern?.includes('(ms|s|m|h|d)')) return 'duration'
  if (form.pattern?.includes('(b|kb|mb|gb)')) return 'size'
  return SCALAR.get(form.type ?? '') ?? 'any JSON value'
}

function boundsOf({ minimum, exclusiveMinimum, maximum }: Schema): string {
  const from = minimum ?? (exclusiveMinimum === undefined ? undefined : `above ${exclusiveMinimum}`)
  if (from === undefined) return ''
  if (maximum !== undefined) return ` (${from} to ${maximum})`
  return minimum === undefined ? ` (${from})` : ` (at least ${from})`
}

function plural(name: string): string {
  return name.replace(/^(string|integer|number|map)/, '$1s')
}

/** The sentence of a description with the default. A full stop within `127.0.0.1` does not end it. */
const DEFAULT = /Default:? (.*?)\.(?= |$)/
/** A default with a reason also stays in the description. */
const REASON = /, so that .*/

function standardOf(schema: Schema): string {
  const { default: standard } = schema
  if (standard !== undefined) return isEmptyMap(standard) ? 'on' : code(standard)
  const said = DEFAULT.exec(schema.description ?? '')?.[1]?.replace(REASON, '')
  return said ?? (blockOf(schema) === null ? 'none' : 'see its keys')
}

/** A description in Markdown, without the content of the other columns. */
export function textOf(schema: Schema): string {
  const text = (schema.description ?? '')
    .replace(/ ?\bRequired\.$/, '')
    .replace(/A (?:duration|size) such as [^.;(]*; (\w)/, (_, first: string) => first.toUpperCase())
  const [sentence = '', value = ''] = DEFAULT.exec(text) ?? []
  const isSaid = schema.default === undefined ? !REASON.test(value) : !isEmptyMap(schema.default)
  const short = (isSaid ? text.replace(sentence, '') : text).replace(/\s+/g, ' ').trim()
  return short
    .replace(/(?<=\S )A (?:duration|size) such as (?:\([^)]*\)|[^.])*\.( |$)/, '')
    .replaceAll(CODE, '`$1`')
    .trim()
}

/** Paths, failure codes and settings: the schema has them without backticks. */
const CODE = /(?<![`\w/])((?:GET )?\/(?:aggregate|docs|sources)[\w/{}]*|[a-z]+(?:_[a-z]+)+|explain=true)(?![\w`])/g

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}

function code(value: unknown): string {
  return `\`${flow(value)}\``
}

/** A value in YAML's flow style, on one line. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, inner]) => `${key}: ${flow(inner)}`)
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
  }
  if (typeof value !== 'string') return JSON.stringify(value)
  return /^[\w./-][\w./ -]*$/.test(value) || /^https?:[^\s,{}]*$/.test(value) ? value : JSON.stringify(value)
}
