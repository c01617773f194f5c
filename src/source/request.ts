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

/** Makes the headers of one request, names and values in turn: the configured, the forwarded, and those of the trace. */
export function headerWriter(options: HeaderOptions): (context: RequestContext) => readonly string[] {
  const configured = [...new Map([...DEFAULTS, ...Object.entries(options.headers)])]
  const fixed = configured.filter(([name]) => !options.forwardHeaders.includes(name)).flat()
  return (context) => {
    const headers = [...fixed]
    for (const name of options.forwardHeaders) {
      const value = Object.hasOwn(context.headers, name) ? context.headers[name] : DEFAULTS.get(name)
      if (value !== undefined) headers.push(name, Array.isArray(value) ? value.join(', ') : value)
    }
    if (options.propagate) headers.push('x-request-id', context.requestId, 'traceparent', traceparent(context.trace))
    return headers
  }
}
