import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createSecure } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Owner } from './owner.ts'
import { type TlsVariant, tlsOptions } from './upstream/tls.ts'

/** A head that the proxy has received. */
export interface ProxyRequest {
  /** The first line, as in `CONNECT users.example:443 HTTP/1.1`. */
  readonly line: string
  readonly headers: IncomingMessage['headers']
}

export interface TestProxy {
  readonly port: number
  readonly origin: string
  /** Every request, in order. */
  readonly seen: readonly ProxyRequest[]
  /** Connections of clients, ever. */
  readonly connections: number
  /** Those that are open now, and their tunnels. */
  readonly open: number
  /** Ends all tunnels and connections. */
  dropAll(): void
}

/** How a proxy behaves. */
export interface ProxyManners {
  /** `user:password` that it wants. */
  readonly credentials?: string
  /** With which certificate it speaks TLS to its clients. */
  readonly tls?: Exclude<TlsVariant, 'plain'>
  /** The ports, on loopback, of names that only the proxy knows, with their ports: `users.example:443`. */
  readonly names?: Readonly<Record<string, number>>
  /** Answers CONNECT in a way of its own. */
  readonly answer?: (client: Duplex, authority: string) => void
  /** An address on loopback; 127.0.0.1 by default. */
  readonly host?: string
  /** A free one by default. */
  readonly port?: number
}

/** Starts an HTTP proxy on a free port: CONNECT, and requests with whole URLs. It ends with its test. */
export async function startHttpProxy(t: Owner, manners: ProxyManners = {}): Promise<TestProxy> {
  const { tls, host = '127.0.0.1' } = manners
  const seen: ProxyRequest[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const handle = (message: IncomingMessage, response: ServerResponse): void => {
    seen.push(seenOf(message))
    if (isRefused(message, manners)) response.writeHead(407, CHALLENGE).end('{"secret":"of the proxy"}')
    else forward(message, response, manners)
  }
  const server = tls ? createSecure(tlsOptions(tls), handle) : createServer(handle)
  server.on('connect', (message: IncomingMessage, client: Duplex) => {
    seen.push(seenOf(message))
    client.on('error', () => {})
    // without this, nobody would notice that the client has left
    if (manners.answer) client.resume().on('end', () => client.destroy())
    if (manners.answer) manners.answer(client, message.url ?? '')
    else if (isRefused(message, manners)) client.end(`HTTP/1.1 407 No\r\nproxy-authenticate: ${BASIC}\r\n\r\n`)
    else join(client, message.url ?? '', manners, sockets)
  })
  server.on('connection', (socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(manners.port ?? 0, host, resolve))
  const { port } = server.address() as AddressInfo
  const dropAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(() => {
    dropAll()
    return new Promise((resolve) => server.close(resolve))
  })
  return {
    port,
    origin: `${tls ? 'https' : 'http'}://${host}:${port}`,
    seen,
    get connections() {
      return connections
    },
    get open() {
      return sockets.size
    },
    dropAll,
  }
}

const BASIC = 'Basic realm="of the proxy"'
const CHALLENGE = { 'proxy-authenticate': BASIC, 'www-authenticate': BASIC, 'x-of-the-proxy': 'secret' }

function seenOf({ method, url, httpVersion, headers }: IncomingMessage): ProxyRequest {
  return { line: `${method} ${url} HTTP/${httpVersion}`, headers }
}

function isRefused({ headers }: IncomingMessage, { credentials }: ProxyManners): boolean {
  if (credentials === undefined) return false
  return headers['proxy-authorization'] !== `Basic ${Buffer.from(credentials).toString('base64')}`
}

function placeOf(authority: string, { names = {} }: ProxyManners): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(`http://${authority}`)
  const known = names[authority]
  if (known !== undefined) return { host: '127.0.0.1', port: known }
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) }
}

function join(client: Duplex, authority: string, manners: ProxyManners, sockets: Set<Socket>): void {
  let joined = false
  const source = connect(placeOf(authority, manners), () => {
    joined = true
    // the headers mean nothing (RFC 9110, section 9.3.6)
    client.write('HTTP/1.1 200 Connected\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n')
    client.pipe(source).pipe(client)
  })
  sockets.add(source)
  source.on('close', () => {
    sockets.delete(source)
    client.destroy()
  })
  client.on('close', () => source.destroy())
  source.on('error', () => (joined ? client.destroy() : client.end(NOT_REACHED)))
}

const NOT_REACHED = 'HTTP/1.1 502 Bad Gateway\r\n\r\n'

function forward(message: IncomingMessage, response: ServerResponse, manners: ProxyManners): void {
  const { host, pathname, search } = new URL(message.url ?? '')
  const { 'proxy-authorization': _, ...headers } = message.headers
  const options = { ...placeOf(host, manners), path: pathname + search, method: message.method, headers, agent: false }
  const passed = request(options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  passed.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()))
  message.pipe(passed)
}
