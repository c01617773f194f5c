import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Owner } from '../owner.ts'
import { Book } from './book.ts'
import { Connections } from './connections.ts'
import type { Handler, SeenRequest } from './exchange.ts'
import { type TlsVariant, tlsOptions } from './tls.ts'

/** A scripted upstream. The path of a request selects the behaviour: see table.ts. */
export interface Upstream {
  readonly port: number
  /** `http://127.0.0.1:12345`; https with any `tls`. */
  readonly origin: string
  url(path: string): string
  /** Every request since the start or the last `reset`. */
  readonly requests: readonly SeenRequest[]
  /** Connections accepted, ever. */
  readonly connections: number
  /** Connections open now. */
  readonly open: number
  /** The number of requests with this path and any query; if it contains `?`, with this path and query. */
  count(path: string): number
  /** Clears the requests and their counts; connections stay open. */
  reset(): void
  /** Ends every open connection, as a crash does. */
  dropAll(): void
  close(): Promise<void>
}

export interface UpstreamOptions {
  /** Any address of 127.0.0.0/8. */
  host?: string
  /** Default: a free one. */
  port?: number
  /** Certificates are for `localhost` and 127.0.0.1 to 127.0.0.4. */
  tls?: TlsVariant
  /** Handlers for the test's own paths; they take precedence over the table. */
  script?: Record<string, Handler>
}

/** Starts an upstream on a free port; it is closed, and its sockets are cut, when the test is over. */
export async function startUpstream(t: Owner, options: UpstreamOptions = {}): Promise<Upstream> {
  const { host = '127.0.0.1', port: wanted = 0, tls, script = {} } = options
  const book = new Book(script)
  const connections = new Connections(book)
  const server = listener(connections, tls)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(wanted, host, resolve))
  const { port } = server.address() as AddressInfo
  const origin = `${tls === undefined ? 'http' : 'https'}://${host}:${port}`
  const close = () => connections.close(server)
  t.teardown(close)
  return {
    port,
    origin,
    url: (path) => origin + path,
    get requests() {
      return book.requests
    },
    get connections() {
      return connections.ever
    },
    get open() {
      return connections.open.size
    },
    count: (path) => book.count(path),
    reset: () => book.reset(),
    dropAll: () => connections.dropAll(),
    close,
  }
}

function listener(connections: Connections, tls: TlsVariant | undefined): Server {
  if (tls === undefined || tls === 'plain') return createServer((socket) => connections.add(socket, true))
  const server = createTlsServer(tlsOptions(tls))
  server.on('connection', (raw: Socket) => connections.add(raw, false))
  server.on('secureConnection', (socket) => connections.serve(socket))
  return server
}
