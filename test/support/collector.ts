import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Owner } from './owner.ts'

export interface CollectedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: readonly { readonly key: string; readonly value: unknown }[]
}

interface ResourceSpans {
  readonly resource: { readonly attributes: CollectedSpan['attributes'] }
  readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[]
}

/** What a collector of OpenTelemetry received, with OTLP over HTTP. */
export interface Collector {
  readonly endpoint: string
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[]
  readonly resources: readonly ResourceSpans['resource'][]
  readonly spans: readonly CollectedSpan[]
}

/** Starts a collector on a free port. With `isSilent` it takes requests, and does not answer. */
export async function startCollector(t: Owner, isSilent = false): Promise<Collector> {
  const requests: Collector['requests'][number][] = []
  const received: ResourceSpans[] = []
  const server = createServer(async (request, response) => {
    requests.push({ path: request.url ?? '', headers: request.headers })
    if (isSilent) return
    const body = await new Response(request as unknown as ReadableStream).text()
    received.push(...JSON.parse(body).resourceSpans)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get resources() {
      return received.map(({ resource }) => resource)
    },
    get spans() {
      return received.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    },
  }
}
