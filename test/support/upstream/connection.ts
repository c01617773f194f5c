import type { Socket } from 'node:net'
import { ByteReader, type Head, readBody, readHead } from '../wire.ts'
import { Exchange, type Handler, type SeenRequest } from './exchange.ts'

/** The part of an upstream that a connection uses. */
export interface Host {
  /** Records the request. Returns its handler, and how many requests its path has had, including this one. */
  accept(request: SeenRequest): { handle: Handler; nth: number }
}

/** Serves the requests of one connection one after the other, until it ends. */
export async function serve(host: Host, socket: Socket, raw: Socket, connection: number): Promise<void> {
  const reader = readerOf(socket)
  for (let nthOnConnection = 1; ; nthOnConnection++) {
    const request = await nextRequest(reader, socket, connection)
    if (request === null) return
    const { handle, nth } = host.accept(request)
    await handle(new Exchange({ request, nth, nthOnConnection, socket, raw }))
    if (request.headers.connection?.toLowerCase() === 'close') socket.destroySoon()
  }
}

function readerOf(socket: Socket): ByteReader {
  const reader = new ByteReader()
  socket.setNoDelay(true)
  socket.on('data', (chunk) => reader.feed(chunk as Buffer))
  socket.on('close', () => reader.end())
  // Ignore errors of clients: 'close' follows.
  socket.on('error', () => {})
  return reader
}

async function nextRequest(reader: ByteReader, socket: Socket, connection: number): Promise<SeenRequest | null> {
  const first = await reader.peek()
  // Like real servers, answer a TLS hello on a plain port at once.
  if (first !== null && !isLetter(first)) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
  if (first === null || !isLetter(first)) return null
  const head = await readHead(reader)
  if (head === null) return null
  const { bytes, complete } = await readBody(reader, head.headers, false)
  return complete ? seen(head, bytes, connection) : null
}

function seen(head: Head, body: Buffer, connection: number): SeenRequest {
  const [method = '', target = ''] = head.startLine.split(' ')
  const [path = ''] = target.split('?')
  return { method, path, target, headers: head.headers, rawHead: head.raw, body, connection, at: performance.now() }
}

function isLetter(byte: number): boolean {
  return /[A-Za-z]/.test(String.fromCharCode(byte))
}
