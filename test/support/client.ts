import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type ConnectionOptions, connect as connectTls, TLSSocket } from 'node:tls'
import { firstOf } from './first-of.ts'
import { ByteReader, type HeaderMap, readBody, readHead } from './wire.ts'

export { get } from './get.ts'

export interface RawOptions {
  host?: string
  /** Uses TLS with these options of node:tls's connect. */
  tls?: ConnectionOptions
  /** Waits for a complete response, the end of the connection, or matching bytes (latin1). Default: `response`. */
  until?: 'response' | 'close' | RegExp
  /** Then keeps receiving for this long. */
  lingerMs?: number
  /** The time between two pieces, if several are sent. */
  gapMs?: number
  /** Then resolves with what has arrived so far. Default: 2000. */
  timeoutMs?: number
  /** Closes the connection after this many bytes. Default: 4 MB. */
  maxBytes?: number
}

export interface RawResponse {
  /** Null when no head arrived. */
  readonly status: number | null
  readonly headers: HeaderMap
  readonly body: string
  /** Whether the body has the length that the headers announced. */
  readonly complete: boolean
  /** Statuses of the 1xx responses before it. */
  readonly interim: readonly number[]
  /** All bytes that arrived. */
  readonly raw: Buffer
  /** How the other side ended the connection, if it did. */
  readonly closed: 'fin' | 'rst' | false
  /** The code of the socket's error (ECONNREFUSED, a TLS error's), if there was one. */
  readonly error: string | null
  /** From before connecting to the end. */
  readonly ms: number
}

/** Sends bytes unchanged (strings as latin1), and reads one response. Never rejects: see `error`. */
export async function sendRaw(
  port: number,
  bytes: string | Uint8Array | readonly (string | Uint8Array)[],
  options: RawOptions = {},
): Promise<RawResponse> {
  const started = performance.now()
  const pieces = typeof bytes === 'string' || bytes instanceof Uint8Array ? [bytes] : bytes
  const socket = open(port, options)
  const line = listen(socket, options)
  const sent = send(socket, pieces, options.gapMs ?? 0)
  const response = readResponse(line.reader, String(pieces[0]).startsWith('HEAD '))
  await (options.until instanceof RegExp ? line.matched : enough(response, line.ended, options.until))
  if (options.lingerMs !== undefined && !socket.destroyed) await firstOf(socket, ['close'], options.lingerMs)
  socket.destroy()
  await Promise.all([sent, line.ended])
  return { ...(await response), ...line.seen(), ms: performance.now() - started }
}

/** Waits for the end of the connection, too, if the server announced it. */
async function enough(response: Promise<Response>, ended: Promise<void>, until: 'response' | 'close' | undefined) {
  const { status, headers } = await response
  if (status === null || headers.connection === 'close' || until === 'close') await ended
}

function open(port: number, { host = '127.0.0.1', tls }: RawOptions): Socket {
  return tls === undefined ? connect(port, host) : connectTls({ port, host, ...tls })
}

async function send(socket: Socket, pieces: readonly (string | Uint8Array)[], gapMs: number): Promise<void> {
  if (socket instanceof TLSSocket) await firstOf(socket, ['secureConnect', 'close'])
  for (const [at, piece] of pieces.entries()) {
    if (at > 0) await pause(gapMs)
    if (socket.destroyed) return
    socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
  }
}

function listen(socket: Socket, { timeoutMs = 2000, maxBytes = 4 * 1024 * 1024, until }: RawOptions) {
  const reader = new ByteReader()
  const chunks: Buffer[] = []
  const end: Pick<RawResponse, 'closed' | 'error'> = { closed: false, error: null }
  const ended = Promise.withResolvers<void>()
  const matched = Promise.withResolvers<void>()
  const raw = () => Buffer.concat(chunks)
  const timer = setTimeout(() => socket.destroy(), timeoutMs)
  let left = maxBytes
  socket.on('data', (data) => {
    const chunk = data as Buffer
    chunks.push(chunk)
    reader.feed(chunk)
    left -= chunk.length
    if (left < 0) socket.destroy()
    if (until instanceof RegExp && until.test(raw().toString('latin1'))) matched.resolve()
  })
  socket.on('end', () => Object.assign(end, { closed: 'fin' }))
  socket.on('error', (error: NodeJS.ErrnoException) => Object.assign(end, { closed: 'rst', error: error.code ?? null }))
  socket.on('close', () => {
    clearTimeout(timer)
    reader.end()
    matched.resolve()
    ended.resolve()
  })
  return { reader, matched: matched.promise, ended: ended.promise, seen: () => ({ raw: raw(), ...end }) }
}

type Response = Pick<RawResponse, 'status' | 'headers' | 'body' | 'complete' | 'interim'>

async function readResponse(reader: ByteReader, bodiless: boolean): Promise<Response> {
  const interim: number[] = []
  for (;;) {
    const head = await readHead(reader)
    const status = Number(/^HTTP\/\d\.\d (\d{3})/.exec(head?.startLine ?? '')?.[1] ?? Number.NaN)
    if (head === null || Number.isNaN(status)) {
      return { status: null, headers: {}, body: '', complete: false, interim }
    }
    if (status >= 200) {
      const none = bodiless || status === 204 || status === 304
      const { bytes, complete } = await readBody(reader, none ? {} : head.headers, !none)
      return { status, headers: head.headers, body: bytes.toString(), complete, interim }
    }
    interim.push(status)
  }
}
