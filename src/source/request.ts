import { type Trace, traceparent } from './trace.ts'
import { ACCEPT_ENCODING } from './transport/coding.ts'

/** Which headers a source is sent; names in lower case. */
export interface HeaderOptions {
  readonly headers: Readonly<Record<string, string>>
  /** Headers of the client's request that are passed on; no other one is. */
  readonly forwardHeaders: readonly string[]
  /** Whether `x-request-id` and a `traceparent` are sent. */
  readonly propagate: boolean
}

/** What a request to a source takes from the answer that it is for. */
export interface RequestContext {
  readonly requestId: string
  readonly trace: Trace
  /** The client's headers, as node:http has them. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** What every source is sent, unless its own `headers` say otherwise. */
const DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['accept', 'application/json'],
  ['accept-encoding', ACCEPT_ENCODING],
  ['user-agent', 'tributary'],
])

/** The headers of one request; names and values in turn. */
export interface Headers {
  readonly all: readonly string[]
  /** Those among them that came from the client, but for the ids of request and trace. */
  readonly forwarded: readonly string[]
}

/** Makes the headers of one request: the configured, the forwarded, and those of the trace. */
export function headerWriter(options: HeaderOptions): (context: RequestContext) => Headers {
  const configured = [...new Map([...DEFAULTS, ...Object.entries(options.headers)])]
  const fixed = configured.filter(([name]) => !options.forwardHeaders.includes(name)).flat()
  return (context) => {
    const forwarded = options.forwardHeaders.flatMap((name) => forwardedHeader(name, context))
    const traced = options.propagate
      ? ['x-request-id', context.requestId, 'traceparent', traceparent(context.trace)]
      : []
    return { all: [...fixed, ...forwarded, ...traced], forwarded }
  }
}

function forwardedHeader(name: string, { headers }: RequestContext): readonly string[] {
  const value = Object.hasOwn(headers, name) ? headers[name] : DEFAULTS.get(name)
  if (value === undefined) return []
  return [name, Array.isArray(value) ? value.join(', ') : value]
}

/**
 * What makes two requests to one source the same (`SourceRequest.key`). Unambiguous: neither a path nor a header holds a
 * line break, and no header's name is empty.
 */
export function requestKey(method: string, path: string, forwarded: readonly string[], body: Buffer | null): string {
  if (forwarded.length === 0 && body === null) return `${method} ${path}`
  return [`${method} ${path}`, ...forwarded, '', body?.toString('base64') ?? ''].join('\n')
}
