import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { RedisFault, reasonOfError, reasonOfReply } from './fault.ts'
import { type Argument, ErrorReply, encode, type Reply, ReplyReader } from './protocol.ts'
import type { RedisTarget } from './target.ts'

/** One connection to Redis. It is never used again once it has ended. */
export interface Connection {
  /** Resolves when it is authenticated and the database selected; rejects with a RedisFault. */
  readonly ready: Promise<void>
  /** Resolves with the reason when it has ended, for whatever reason. */
  readonly ended: Promise<RedisFault>
  /** Sends a command. Rejects with an ErrorReply, or with a RedisFault when the connection ends. */
  call(...command: readonly Argument[]): Promise<Reply>
  /** Ends it after what was written has left. */
  close(): void
  /** Ends it at once; so do the commands that wait for a reply. */
  destroy(): void
}

/** Opens a connection. It has no timeout. */
export type Connect = (target: RedisTarget) => Connection

/** The longest string that is read: a value with its header, which GETRANGE cuts. */
const MAX_STRING_BYTES = 2 * 1024 * 1024

/** How long what was written may take to leave when a connection is closed, in milliseconds. */
const CLOSE_MS = 200

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
}

/** Opens a connection over TCP or TLS. */
export const connect: Connect = (target) => {
  const socket = socketTo(target)
  const waiting: Waiting[] = []
  const ended = Promise.withResolvers<RedisFault>()
  let cause: RedisFault | null = null
  const fail = (error: unknown): void => {
    cause ??= new RedisFault(reasonOfError(error))
    socket.destroy()
  }
  const reader = new ReplyReader(MAX_STRING_BYTES, (reply) => settle(waiting.shift(), reply))
  socket.on('data', (chunk: Buffer) => attempt(() => reader.push(chunk), fail))
  socket.on('error', fail)
  socket.once('close', () => {
    const fault = cause ?? new RedisFault('connection_terminated')
    for (const { reject } of waiting.splice(0)) reject(fault)
    ended.resolve(fault)
  })
  const call: Connection['call'] = (...command) =>
    new Promise((resolve, reject) => {
      if (!socket.writable) return reject(cause ?? new RedisFault('connection_terminated'))
      waiting.push({ resolve, reject })
      socket.cork()
      for (const piece of encode(command)) socket.write(piece)
      socket.uncork()
    })
  const connected = new Promise((resolve, reject) => {
    socket.once(target.tls ? 'secureConnect' : 'connect', resolve)
    void ended.promise.then(reject)
  })
  const ready = connected.then(() => logIn(call, target))
  ready.catch(fail)
  return { ready, ended: ended.promise, call, close: () => close(socket), destroy: () => void socket.destroy() }
}

function socketTo({ host, port, tls }: RedisTarget): Socket {
  const named = isIP(host) === 0 ? { servername: host } : {}
  return (tls ? connectTls({ host, port, ...named }) : connectTcp({ host, port })).setNoDelay()
}

function attempt(action: () => void, fail: (error: unknown) => void): void {
  try {
    action()
  } catch (error) {
    fail(error)
  }
}

function settle(waiting: Waiting | undefined, reply: Reply): void {
  // nobody asked, so it is not Redis
  if (waiting === undefined) throw new RedisFault('protocol_error')
  if (reply instanceof ErrorReply) waiting.reject(reply)
  else waiting.resolve(reply)
}

function close(socket: Socket): void {
  socket.end()
  socket.unref()
  const timer = setTimeout(() => socket.destroy(), CLOSE_MS)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
}

async function logIn(call: Connection['call'], { username, password, db }: RedisTarget): Promise<void> {
  if (password !== null) {
    const credentials = username === null ? [password] : [username, password]
    await call('AUTH', ...credentials).catch((error: Error) => {
      if (!(error instanceof ErrorReply)) throw error
      // a server that asks for no password lets everyone in
      if (!/without any password|no password is set/i.test(error.message)) throw new RedisFault('authentication_failed')
    })
  }
  if (db === 0) return
  await call('SELECT', db).catch((error: Error) => {
    throw error instanceof ErrorReply ? new RedisFault(reasonOfReply(error.message) ?? 'no_such_database') : error
  })
}
