import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Turn } from './manners.ts'
import type { Question, Reply, Service } from './service.ts'

/** A service that listens on loopback. */
export interface Upstream {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly origin: string
  /** Stops listening and destroys open connections; pending answers are dropped. May be called again. */
  close(): Promise<void>
}

/** Serves `service` on a free port of 127.0.0.1. Each request takes the next of `turns`. */
export async function startUpstream(service: Service, turns: Iterator<Turn, never>): Promise<Upstream> {
  const server = createServer((request, response) => {
    const { delayMs, fault } = turns.next().value
    const reply = fault === null ? service.answer(questionOf(request)) : service.fault(fault)
    const timer = setTimeout(send, delayMs, response, reply).unref()
    // Also if the client left, or close() destroyed the socket.
    response.once('close', () => clearTimeout(timer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let closed: Promise<void> | undefined
  return {
    origin: `http://127.0.0.1:${port}`,
    close() {
      closed ??= stop(server)
      return closed
    },
  }
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

// Not `new URL`: it throws on some targets that HTTP allows, such as `//`.
function questionOf({ url = '/', headers }: IncomingMessage): Question {
  const [path = '/', ...query] = url.split('?')
  return { path, query: new URLSearchParams(query.join('?')), headers }
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const payload = Buffer.from(JSON.stringify(body))
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': payload.length })
  response.end(payload)
}
