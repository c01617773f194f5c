import http from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { MAX_HEADER_BYTES, MAX_URL_BYTES } from '../core/limits.ts'
import { Connections } from './connections.ts'
import { HEADERS_TOO_LARGE, Problem, type ProblemName, problemDocument, URL_TOO_LONG } from './problem.ts'

/** Node's requestTimeout and headersTimeout are looked at this often. */
const CHECK_INTERVAL_MS = 500
const HEADERS_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
/** Above the idle timeout of the usual load balancers (60 s), so that it is they who close: our closing could cross a request. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000

/** A client that takes nothing of its answer for so long is hung up on. */
const STALLED_MS = 30_000

/** Which app serves a request; a reload puts another one in its place. */
export interface Handler {
  app: FastifyInstance
}

/** The process's HTTP server, and what it knows of its connections. */
export interface Server {
  readonly http: http.Server
  readonly connections: Connections
}

export interface ServerOptions {
  /** The longest that an answer may take, in milliseconds: a connection on which nothing moves is left alone for as long. */
  readonly longestMs: number
  /** How many requests may be arriving at once; answers in work have a bound of their own. */
  readonly maxArriving: number
  /** Is told of each request that was refused before it became one of the app's. */
  readonly onRefused: (refused: RefusedRequest) => void
}

/** A request that never reached the app. */
export interface RefusedRequest {
  readonly requestId: string
  readonly problem: Problem
  readonly error: Error
}

/** The process's HTTP server, with its limits. It serves through whichever app the handler holds at the time. */
export function createServer(handler: Handler, { longestMs, maxArriving, onRefused }: ServerOptions): Server {
  const server = http.createServer({
    // counts the request line too; the bounds of both are checked one by one by the negotiate plugin
    maxHeaderSize: MAX_URL_BYTES + MAX_HEADER_BYTES + 8 * 1024,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // checked by the negotiate plugin, which says what is wrong
    requireHostHeader: false,
  })
  server.timeout = longestMs + STALLED_MS
  const refuse = (socket: Socket, error: ClientError): void => answerClientError(socket, error, onRefused)
  const connections = new Connections(server, {
    serve: (request, response) => handler.app.routing(request, response),
    maxArriving,
    refuseSlow: (socket) => refuse(socket, { code: REQUEST_TIMEOUT }),
  })
  // an expectation that we do not know of is no reason to refuse (RFC 9110, section 10.1.1, allows either)
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  // without a listener Node destroys the connection, and with it the requests before
  server.on('connect', (_request, socket: Socket) => connections.fail(socket, () => refuse(socket, { code: CONNECT })))
  server.on('clientError', (error: ClientError, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') socket.destroy()
    else if (error.code === REQUEST_TIMEOUT) connections.timeOut(socket, () => refuse(socket, error))
    else connections.fail(socket, () => refuse(socket, error))
  })
  return { http: server, connections }
}

/** Node's code for a request that did not arrive in the time it has. */
const REQUEST_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT'

/** Of a request for a tunnel, which is for proxies. */
const CONNECT = 'CONNECT'

/** llhttp's code for a connection that was closed in the middle of a request. */
const LEFT = 'HPE_INVALID_EOF_STATE'

interface ClientError {
  readonly code?: string
  /** What could not be parsed, as far as it had come. */
  readonly rawPacket?: Buffer
}

const PROBLEM_OF: Readonly<Record<string, readonly [ProblemName, string]>> = {
  [REQUEST_TIMEOUT]: ['request-timeout', 'The request did not arrive in time.'],
  [CONNECT]: ['invalid-request', 'CONNECT is not supported: this is no proxy.'],
  HPE_HEADER_OVERFLOW: ['headers-too-large', HEADERS_TOO_LARGE],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['body-too-large', 'The chunk extensions of the request body are too large.'],
}

/** Answers what never became a request, or never will: there is no reply to write to, only the socket. */
function answerClientError(socket: Socket, error: ClientError, onRefused: ServerOptions['onRefused']): void {
  if (!socket.writable) return void socket.destroy()
  const [kind, detail] = problemOf(error)
  const problem = new Problem(kind, detail)
  const requestId = crypto.randomUUID()
  // a client that left in the middle of a request is in the log as the request's own, if it had become one
  if (error.code !== LEFT) onRefused({ requestId, problem, error: error as Error })
  const body = problemDocument(problem, requestId, '')
  const head = [
    `HTTP/1.1 ${problem.status} ${http.STATUS_CODES[problem.status]}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'x-content-type-options: nosniff',
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function problemOf({ code, rawPacket }: ClientError): readonly [ProblemName, string] {
  // a request line that never ended is a URL that is too long
  const endless = code === 'HPE_HEADER_OVERFLOW' && rawPacket !== undefined && !rawPacket.includes('\n')
  if (endless) return ['uri-too-long', URL_TOO_LONG]
  return PROBLEM_OF[code ?? ''] ?? ['invalid-request', 'The request is not valid HTTP/1.1.']
}

/** Listens; resolves to the port, rejects where it cannot. */
export function listen(server: http.Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => {
      server.off('error', reject)
      resolve((server.address() as { port: number }).port)
    })
  })
}
