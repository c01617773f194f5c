import { ACCEPT_ENCODING } from '../transport/coding.ts'
import { ACCEPT, type Format } from './formats.ts'
import { renderHeader } from './template-header.ts'
import { compilePlaceholders, type PlaceholderText, type PlaceholderValues } from './template-text.ts'
import type { TemplateProblem, TemplateValue } from './template-value.ts'

/** Which headers a source is sent; names in lower case. */
export interface HeaderOptions {
  /** Secret. A text may hold `{name}` for a parameter, a value, or what `bind` or `forEach` provides. */
  readonly headers: Readonly<Record<string, string>>
  /** Headers of the client's request that are passed on; no other one is. */
  readonly forwardHeaders: readonly string[]
  readonly format: Format
  /** Whether a body is sent, which is JSON. */
  readonly hasBody: boolean
  /** Template values that no client can set, by name. Secret. */
  readonly values: Readonly<Record<string, TemplateValue>>
}

/** The headers of a client's request, as node:http has them. */
export type ClientHeaders = Readonly<Record<string, string | string[] | undefined>>

/** Values of template variables that came from other sources' data, by name. */
export type BoundValues = Readonly<Record<string, TemplateValue>>

/** The headers of one request; names and values in turn. */
export interface Headers {
  readonly all: readonly string[]
  /** Those among them that came from the client or another source. */
  readonly foreign: readonly string[]
}

/** `values`: all that the placeholders can stand for, by name. The problem is of a value that no header can hold. */
export type HeaderWriter = (client: ClientHeaders, values: PlaceholderValues) => Headers | TemplateProblem

/** Makes the headers of one request: the configured, those with placeholders, and the forwarded. */
export function headerWriter(options: HeaderOptions): HeaderWriter {
  const { forwardHeaders } = options
  const defaults = defaultsOf(options)
  const { fixed, templated } = splitHeaders(options, defaults)
  return (client, values) => {
    const filled: string[] = []
    for (const { name, text } of templated) {
      const value = renderHeader(text, values) ?? defaults.get(name)
      if (typeof value === 'object') return value
      if (value !== undefined) filled.push(name, value)
    }
    const foreign = [...filled, ...forwardHeaders.flatMap((name) => forwarded(name, client, defaults))]
    return { all: [...fixed, ...foreign], foreign }
  }
}

interface TemplatedHeader {
  readonly name: string
  readonly text: PlaceholderText
}

interface SplitHeaders {
  /** Names and values in turn of those that are the same in every request. */
  readonly fixed: readonly string[]
  /** Those with a placeholder for what came from the client or another source. */
  readonly templated: readonly TemplatedHeader[]
}

function splitHeaders(
  { headers, forwardHeaders, values }: HeaderOptions,
  defaults: ReadonlyMap<string, string>,
): SplitHeaders {
  const configured = [...new Map([...defaults, ...Object.entries(headers)])]
  const own = configured.filter(([name]) => !forwardHeaders.includes(name))
  const compiled = own.map(([name, value]) => ({ name, text: compilePlaceholders(value) }))
  const isFixed = ({ text }: TemplatedHeader) => text.variables.every((name) => Object.hasOwn(values, name))
  const fixed = compiled.filter(isFixed).flatMap(({ name, text }) => {
    // the check of the configuration has refused what does not fit
    const value = text.render(values)
    return typeof value === 'string' ? [name, value] : []
  })
  return { fixed, templated: compiled.filter((header) => !isFixed(header)) }
}

/** What every source is sent, unless its own `headers` say otherwise. */
function defaultsOf({ format, hasBody }: HeaderOptions): ReadonlyMap<string, string> {
  return new Map([
    ['accept', ACCEPT[format]],
    ['accept-encoding', ACCEPT_ENCODING],
    ['user-agent', 'tributary'],
    ...(hasBody ? [['content-type', 'application/json'] as const] : []),
  ])
}

function forwarded(name: string, client: ClientHeaders, defaults: ReadonlyMap<string, string>): string[] {
  const value = Object.hasOwn(client, name) ? client[name] : defaults.get(name)
  if (value === undefined) return []
  return [name, Array.isArray(value) ? value.join(', ') : value]
}

/**
 * What makes two requests to one source the same (`SourceRequest.key`). Unambiguous: neither a path nor a header holds a
 * line break, and no header's name is empty.
 */
export function requestKey(method: string, path: string, foreign: readonly string[], body: Buffer | null): string {
  if (foreign.length === 0 && body === null) return `${method} ${path}`
  return [`${method} ${path}`, ...foreign, '', body?.toString('base64') ?? ''].join('\n')
}
