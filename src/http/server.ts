import http from 'node:http'
import type { Socket } from 'node:net'
import { MAX_HEADER_BYTES, MAX_URL_BYTES } from '../core/limits.ts'
import { Connections } from './connections.ts'
import { HEADERS_TOO_LARGE, Problem, type ProblemName, problemDocument, URL_TOO_LONG } from './problem.ts'
import { Response } from './response.ts'
import { SECURITY_HEADERS } from './security-headers.ts'

/** Node checks requestTimeout and headersTimeout this often. */
const CHECK_INTERVAL_MS = 500
const HEADERS_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
/** Above the idle timeout of common load balancers (60 s): if we closed first, a request might be on its way. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000

/** If a client reads nothing of its answer for this long, its connection is closed. */
const STALLED_MS = 30_000

/** The process's HTTP server and its connections. */
export interface Server {
  readonly http: http.Server
  readonly connections: Connections
  /** Changes the limits, for connections that are opened later, too. */
  setLimits(limits: ServerLimits): void
}

/** Limits of a server that depend on the configuration. */
export interface ServerLimits {
  /** The longest time of an answer, in milliseconds: a connection may be silent for that long. */
  readonly longestMs: number
  /** The most requests that may be arriving at once. Requests in progress have their own limit. */
  readonly maxArriving: number
}

/** Called for each request that is refused before it reaches the app. */
export type OnRefused = (refused: RefusedRequest) => void

/** A request that never reached the app. */
export interface RefusedRequest {
  readonly requestId: string
  readonly problem: Problem
  readonly error: Error
}

/** Creates an HTTP server with its limits. `serve` handles the requests that are valid HTTP/1.1. */
export function createServer(serve: http.RequestListener, limits: ServerLimits, onRefused: OnRefused): Server {
  const server = http.createServer({
    // includes the request line; the negotiate plugin checks the sizes of the URL and the headers separately
    maxHeaderSize: MAX_URL_BYTES + MAX_HEADER_BYTES + 8 * 1024,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // checked by the negotiate plugin, which sends a problem document
    requireHostHeader: false,
    // a stream that nobody reads costs some percent of a small answer; the json plugin and the pipeline know what this changes
    optimizeEmptyRequests: true,
    ServerResponse: Response,
  })
  const refuse = (socket: Socket, error: ClientError): void => answerClientError(socket, error, onRefused)
  const connections = new Connections(server, {
    serve,
    refuseSlow: (socket) => refuse(socket, { code: REQUEST_TIMEOUT }),
  })
  // ignore unknown expectations (RFC 9110, section 10.1.1, allows to ignore or refuse them)
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  // without a listener Node destroys the connection, even if earlier requests are not answered yet
  server.on('connect', (_request, socket: Socket) => connections.fail(socket, () => refuse(socket, { code: CONNECT })))
  server.on('clientError', (error: ClientError, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') socket.destroy()
    else if (error.code === REQUEST_TIMEOUT) connections.timeOut(socket, () => refuse(socket, error))
    else connections.fail(socket, () => refuse(socket, error))
  })
  const setLimits = ({ longestMs, maxArriving }: ServerLimits): void => {
    server.timeout = longestMs + STALLED_MS
    connections.maxArriving = maxArriving
  }
  setLimits(limits)
  return { http: server, connections, setLimits }
}

/** Node's code for a request that did not arrive in time. */
const REQUEST_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT'

/** Our code for a request with the method CONNECT, which only proxies support. */
const CONNECT = 'CONNECT'

/** llhttp's code for a connection that was closed in the middle of a request. */
const LEFT = 'HPE_INVALID_EOF_STATE'

interface ClientError {
  readonly code?: string
  /** The bytes that could not be parsed. */
  readonly rawPacket?: Buffer
}

const PROBLEM_OF: Readonly<Record<string, readonly [ProblemName, string]>> = {
  [REQUEST_TIMEOUT]: ['request-timeout', 'The request did not arrive in time.'],
  [CONNECT]: ['invalid-request', 'CONNECT is not supported: this is no proxy.'],
  HPE_HEADER_OVERFLOW: ['headers-too-large', HEADERS_TOO_LARGE],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['body-too-large', 'The chunk extensions of the request body are too large.'],
}

/** Answers an invalid or incomplete request. Fastify has no reply object for it, so this writes to the socket. */
function answerClientError(socket: Socket, error: ClientError, onRefused: OnRefused): void {
  if (!socket.writable) return void socket.destroy()
  const [kind, detail] = problemOf(error)
  const problem = new Problem(kind, detail)
  const requestId = crypto.randomUUID()
  // if a client left in the middle of a request that reached the app, the app logs it
  if (error.code !== LEFT) onRefused({ requestId, problem, error: error as Error })
  const body = problemDocument(problem, requestId, '')
  const head = [
    `HTTP/1.1 ${problem.status} ${http.STATUS_CODES[problem.status]}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    ...Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function problemOf({ code, rawPacket }: ClientError): readonly [ProblemName, string] {
  // without an end of the request line, the URL is what is too long
  const endless = code === 'HPE_HEADER_OVERFLOW' && rawPacket !== undefined && !rawPacket.includes('\n')
  if (endless) return ['uri-too-long', URL_TOO_LONG]
  return PROBLEM_OF[code ?? ''] ?? ['invalid-request', 'The request is not valid HTTP/1.1.']
}

/** Starts listening. Resolves to the port; rejects if the address is not available. */
export function listen(server: http.Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => {
      server.off('error', reject)
      resolve((server.address() as { port: number }).port)
    })
  })
}
