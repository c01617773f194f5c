import http from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { MAX_HEADER_BYTES, MAX_URL_BYTES } from './limits.ts'
import { Problem, type ProblemName, problemDocument } from './problem.ts'

/** Node's requestTimeout and headersTimeout are looked at this often. */
const CHECK_INTERVAL_MS = 500
const HEADERS_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
/** Above the idle timeout of the usual load balancers (60 s), so that it is they who close: our closing could cross a request. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000

/** Which app serves a request; a reload puts another one in its place. */
export interface Handler {
  app: FastifyInstance
}

/** The process's HTTP server, with its limits. It serves through whichever app the handler holds at the time. */
export function createServer(handler: Handler): http.Server {
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
  server.on('request', (request, response) => handler.app.routing(request, response))
  server.on('clientError', answerClientError)
  return server
}

const PROBLEM_OF: Readonly<Record<string, readonly [ProblemName, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request-timeout', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: [
    'headers-too-large',
    `The URL may have ${MAX_URL_BYTES / 1024} KiB, and the headers ${MAX_HEADER_BYTES / 1024} KiB together.`,
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['body-too-large', 'The chunk extensions are too large.'],
}

/** Answers what never became a request: there is no reply to write to, only the socket. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET' || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const [kind, detail] = PROBLEM_OF[error.code ?? ''] ?? ['invalid-request', 'The request is not valid HTTP/1.1.']
  const problem = new Problem(kind, detail)
  const requestId = crypto.randomUUID()
  const body = problemDocument(problem, requestId, '')
  const head = [
    `HTTP/1.1 ${problem.status} ${http.STATUS_CODES[problem.status]}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
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

/**
 * Stops listening and waits until every answer is out, at most `timeoutMs`; then what is left is cut. Connections that
 * turn idle after the close are closed as they do: Node looks for them only once (fastify#7044).
 * Resolves to whether everything was out in time.
 */
export async function close(server: http.Server, timeoutMs: number): Promise<boolean> {
  const closed = new Promise<true>((resolve) => server.close(() => resolve(true)))
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  let cut: NodeJS.Timeout | undefined
  const overdue = new Promise<false>((resolve) => {
    cut = setTimeout(() => resolve(false), timeoutMs)
  })
  const complete = await Promise.race([closed, overdue])
  clearInterval(sweep)
  clearTimeout(cut)
  server.closeAllConnections()
  return complete
}
