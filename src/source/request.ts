import { ACCEPT, type Format } from './formats.ts'
import type { TemplateProblem, TemplateValue } from './template-value.ts'
import { type Trace, traceparent } from './trace.ts'
import { ACCEPT_ENCODING } from './transport/coding.ts'

/** Which headers a source is sent; names in lower case. */
export interface HeaderOptions {
  /** Secret. A value may hold `{name}` for a bound value. */
  readonly headers: Readonly<Record<string, string>>
  /** Headers of the client's request that are passed on; no other one is. */
  readonly forwardHeaders: readonly string[]
  /** Whether `x-request-id` and a `traceparent` are sent. */
  readonly propagate: boolean
  readonly format: Format
  /** Whether a body is sent, which is JSON. */
  readonly hasBody: boolean
  /** The names of bound values. */
  readonly bound: readonly string[]
}

/** What a request to a source takes from the answer that it is for. */
export interface RequestContext {
  readonly requestId: string
  readonly trace: Trace
  /** The client's headers, as node:http has them. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** Values of template variables that came from other sources' data, by name. */
export type BoundValues = Readonly<Record<string, TemplateValue>>

/** The headers of one request; names and values in turn. */
export interface Headers {
  readonly all: readonly string[]
  /** Those among them that came from the client or another source, but for the ids of request and trace. */
  readonly foreign: readonly string[]
}

export type HeaderWriter = (context: RequestContext, bound: BoundValues) => Headers | TemplateProblem

/** Makes the headers of one request: the configured, those with bound values, the forwarded, and those of the trace. */
export function headerWriter(options: HeaderOptions): HeaderWriter {
  const { forwardHeaders, propagate } = options
  const defaults = defaultsOf(options)
  const configured = [...new Map([...defaults, ...Object.entries(options.headers)])]
  const own = configured.filter(([name]) => !forwardHeaders.includes(name))
  const templated = own.filter(([, value]) => options.bound.some((name) => value.includes(`{${name}}`)))
  const used = options.bound.filter((name) => templated.some(([, value]) => value.includes(`{${name}}`)))
  const fixed = own.filter((header) => !templated.includes(header)).flat()
  return (context, bound) => {
    const unfit = used.find((name) => !fitsHeader(bound[name]))
    if (unfit !== undefined) return { problem: `the value for "${unfit}" holds what a header cannot`, variable: unfit }
    const filled = templated.flatMap(([name, value]) => [name, fill(value, bound)])
    const foreign = [...filled, ...forwardHeaders.flatMap((name) => forwarded(name, context, defaults))]
    const traced = propagate ? ['x-request-id', context.requestId, 'traceparent', traceparent(context.trace)] : []
    return { all: [...fixed, ...foreign, ...traced], foreign }
  }
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

/** RFC 9110, section 5.5, without the obsolete bytes above ASCII, which undici would refuse or alter. */
const HEADER_TEXT = /^[\t\u0020-\u007e]*$/

function fitsHeader(value: TemplateValue | undefined): boolean {
  return HEADER_TEXT.test(String(value))
}

function fill(text: string, bound: BoundValues): string {
  return text.replace(/\{([A-Za-z_]\w*)\}/g, (place, name: string) =>
    Object.hasOwn(bound, name) ? String(bound[name]) : place,
  )
}

function forwarded(name: string, { headers }: RequestContext, defaults: ReadonlyMap<string, string>): string[] {
  const value = Object.hasOwn(headers, name) ? headers[name] : defaults.get(name)
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
