import { stringify } from 'yaml'
import { GROUPS, GUIDES, KEY_GUIDES } from './guides.ts'
import { blockOf, flow, type Key, keysOf, type Schema, textOf } from './keys.ts'
import { table } from './table.ts'

/** The reference of all keys, generated from config.schema.json. */

/** All sections of the reference, in Markdown. */
export function keyReference(root: Schema): string {
  const property = (name: string): Schema => root.properties?.[name] ?? {}
  const source = blockOf(property('sources'))?.block ?? {}
  const view = blockOf(property('views'))?.block ?? {}
  const top = Object.keys(root.properties ?? {}).filter((name) => !LATER.includes(name))
  return [
    section('### The file', 'The keys at the top of the file.', keyTable(keysOf(root), linkTop)),
    ...top.flatMap((name) => topBlock([name], property(name))),
    defaultsBlock(property('defaults'), source),
    ...sourceBlocks(source),
    ...viewBlocks(view),
  ].join('\n\n')
}

function section(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n')
}

/** Blocks with sections of another form, after the others. */
const LATER = ['defaults', 'sources', 'views']

/** The sections of a block at the top of the file, and of the blocks in it. */
function topBlock(path: readonly string[], schema: Schema): readonly string[] {
  const found = blockOf(schema)
  if (found === null) return []
  const { block } = found
  const [top = '', ...inner] = path
  const key = path.toReversed().reduce((value: unknown, part) => ({ [part]: value }), schema.examples?.[0])
  const link = (name: string) => (blockOf(block.properties?.[name] ?? {}) ? anchorOf([...path, name]) : null)
  return [
    section(
      inner.length === 0 ? `### \`${top}\`` : `#### \`${top}\`: \`${inner.join('.')}\``,
      says(schema, path.join('.')),
      keyTable(keysOf(block), link),
      example('part', key),
    ),
    ...Object.entries(block.properties ?? {}).flatMap(([name, at]) => topBlock([...path, name], at)),
  ]
}

function anchorOf([top = '', ...inner]: readonly string[]): string {
  return `${top}-${inner.join('')}`.toLowerCase()
}

function defaultsBlock(defaults: Schema, source: Schema): string {
  const has = new Set(Object.keys(defaults.properties ?? {}))
  const without = Object.keys(source.properties ?? {}).filter((name) => !has.has(name))
  return section(
    '### `defaults`',
    `Defaults of all sources. Blocks merge key by key. It takes every key of [a source](#a-source) but ${list(without)}.`,
    example('part', { defaults: defaults.examples?.[0] }),
  )
}

function sourceBlocks(source: Schema): readonly string[] {
  const keys = keysOf(source)
  const grouped = new Set(GROUPS.flatMap(([, names]) => names))
  const rest = keys.filter(({ name }) => !grouped.has(name)).map(({ name }) => name)
  const all = rest.length === 0 ? GROUPS : [...GROUPS, ['more keys', rest] as const]
  const link = (name: string) => (blockOf(source.properties?.[name] ?? {}) ? `a-source-${name.toLowerCase()}` : null)
  const tables = all.map(([title, names]) =>
    section(
      `#### A source: ${title}`,
      keyTable(
        names.flatMap((name) => keys.find((key) => key.name === name) ?? []),
        link,
        KEY_GUIDES,
      ),
    ),
  )
  const inner = Object.entries(source.properties ?? {}).flatMap(([name, schema]) => nested('source', [name], schema))
  return [section('### A source', says(source, 'source')), ...tables, ...inner]
}

/** The sections of a source's block and of its nested blocks. */
function nested(of: string, path: readonly string[], schema: Schema): readonly string[] {
  const found = blockOf(schema)
  if (found === null) return []
  const { block, isMap } = found
  const name = path.join('.')
  const isWhole = !isMap && !path.includes('forEach')
  const key = path.toReversed().reduce((value: unknown, part) => ({ [part]: value }), schema.examples?.[0])
  return [
    section(
      `#### A ${of}: \`${name}\``,
      says(schema, `${of}.${name}`),
      isMap ? 'Keys of each entry:' : undefined,
      keyTable(keysOf(block), (inner) =>
        blockOf(block.properties?.[inner] ?? {}) ? `a-${of}-${[...path, inner].join('').toLowerCase()}` : null,
      ),
      isWhole ? example('key', key) : undefined,
    ),
    ...Object.entries(block.properties ?? {}).flatMap(([inner, at]) => nested(of, [...path, inner], at)),
  ]
}

function viewBlocks(view: Schema): readonly string[] {
  const entry = blockOf(view.properties?.sources ?? {})?.block ?? {}
  const link = (name: string) => (name === 'sources' ? 'a-view-an-entry-of-sources' : null)
  return [
    section('### A view', says(view, 'view'), keyTable(keysOf(view), link)),
    section('#### A view: an entry of `sources`', textOf(entry), keyTable(keysOf(entry))),
  ]
}

/** The description of a block, and a link to its guide. */
function says(schema: Schema, name: string): string {
  const guide = GUIDES[name]
  return guide === undefined ? textOf(schema) : `${textOf(schema)} Guide: ${guide}.`
}

function linkTop(name: string): string | null {
  return name === 'sources' ? 'a-source' : name === 'views' ? 'a-view' : name.toLowerCase()
}

const NONE: Readonly<Record<string, string>> = {}

function keyTable(keys: readonly Key[], link: (name: string) => string | null = () => null, guides = NONE): string {
  const rows = keys.map(({ name, type, standard, text, example }) => [
    `\`${name}\``,
    link(name) === null ? type : type.replace(/\bmap\b/, `[map](#${link(name)})`),
    standard,
    guides[name] === undefined ? text : `${text} See ${guides[name]}.`,
    `\`${flow(example)}\``,
  ])
  return table(['key', 'type', 'default', 'what it does', 'example'], rows)
}

/** A fenced YAML block; `info` tells the tests which part of a configuration it is. */
function example(info: string, value: unknown): string {
  return `\`\`\`yaml ${info}\n${stringify(value).trimEnd()}\n\`\`\``
}

function list(names: readonly string[]): string {
  const codes = names.map((name) => `\`${name}\``)
  return `${codes.slice(0, -1).join(', ')} and ${codes.at(-1)}`
}
