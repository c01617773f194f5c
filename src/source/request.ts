import type { LongNumber } from '../json/long-number.ts'
import { ACCEPT_ENCODING } from '../transport/coding.ts'
import { ACCEPT, type Format } from './formats.ts'
import { renderHeader } from './template-header.ts'
import { compilePlaceholders, type PlaceholderText, type PlaceholderValues } from './template-text.ts'
import type { TemplateProblem, TemplateValue } from './template-value.ts'

/** The client's name for one request, which stays the same when the request is repeated. */
export const IDEMPOTENCY_KEY = 'idempotency-key'

/** Options of the headers of a request; names in lower case. */
export interface HeaderOptions {
  /**
   * Configured headers. Secret. A value may contain `{name}` for a parameter, a configured value, or a value of `bind`
   * or `forEach`.
   */
  readonly headers: Readonly<Record<string, string>>
  /** Headers of the client that are forwarded. No others are. */
  readonly forwardHeaders: readonly string[]
  readonly format: Format
  /** The media type of the body, unless `headers` say otherwise; null without a body. */
  readonly contentType: string | null
  /** Template values that clients cannot set, by name. Secret. */
  readonly values: Readonly<Record<string, TemplateValue>>
}

/** Headers of a client request, as node:http returns them. */
export type ClientHeaders = Readonly<Record<string, string | string[] | undefined>>

/** What of a client's request may reach a source. */
export interface ClientInput {
  readonly headers: ClientHeaders
  /** The JSON body as it came; null for none, and for requests whose body says what is asked. */
  readonly body: Buffer | null
  /** The headers of `clientAddress`: names of FORWARDED and their values, alternating. Asked for where they are sent. */
  readonly forwarded: () => readonly string[]
}

/** Of no client: for requests that are the same for all. */
export const NO_INPUT: ClientInput = { headers: {}, body: null, forwarded: () => [] }

/** The headers that `clientAddress` sends. */
export const FORWARDED: readonly string[] = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host']

/** Template values from other sources' data, by name. */
export type BoundValues = Readonly<Record<string, TemplateValue | LongNumber>>

/** Headers of one request; alternating names and values. */
export interface Headers {
  readonly all: readonly string[]
  /** Headers that depend on the client or on another source. */
  readonly foreign: readonly string[]
}

/**
 * Builds the headers of one request. `values` are the values of all placeholders, by name. Returns a problem if a value
 * cannot be part of a header.
 */
export type HeaderWriter = (client: ClientHeaders, values: PlaceholderValues) => Headers | TemplateProblem

/** Creates the header writer of a source: configured headers, headers with placeholders, and forwarded headers. */
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
  /** Headers that are equal in every request; alternating names and values. */
  readonly fixed: readonly string[]
  /** Headers whose placeholders depend on the client or another source. */
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
    // configuration validation has already rejected values that do not fit
    const value = text.render(values)
    return typeof value === 'string' ? [name, value] : []
  })
  return { fixed, templated: compiled.filter((header) => !isFixed(header)) }
}

/** Default headers. `headers` of the source override them. */
function defaultsOf({ format, contentType }: HeaderOptions): ReadonlyMap<string, string> {
  return new Map([
    ['accept', ACCEPT[format]],
    ['accept-encoding', ACCEPT_ENCODING],
    ['user-agent', 'tributary'],
    ...(contentType === null ? [] : [['content-type', contentType] as const]),
  ])
}

function forwarded(name: string, client: ClientHeaders, defaults: ReadonlyMap<string, string>): string[] {
  const value = Object.hasOwn(client, name) ? client[name] : defaults.get(name)
  if (value === undefined) return []
  return [name, Array.isArray(value) ? value.join(', ') : value]
}

/**
 * Builds `SourceRequest.key`. The key is unambiguous: paths and headers contain no line breaks, and header names are
 * not empty.
 */
export function requestKey(method: string, path: string, foreign: readonly string[], body: Buffer | null): string {
  if (foreign.length === 0 && body === null) return `${method} ${path}`
  return [`${method} ${path}`, ...foreign, '', body?.toString('base64') ?? ''].join('\n')
}
