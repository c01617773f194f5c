import type { Server, Socket } from 'node:net'
import { type Host, serve } from './connection.ts'

/** The open sockets of an upstream. */
export class Connections {
  ever = 0
  readonly open = new Map<Socket, number>()
  readonly #host: Host
  readonly #errors: unknown[] = []

  constructor(host: Host) {
    this.#host = host
  }

  add(raw: Socket, plain: boolean): void {
    this.ever++
    this.open.set(raw, this.ever)
    raw.on('error', () => {})
    raw.on('close', () => this.open.delete(raw))
    if (plain) this.#play(raw, raw)
  }

  /** Serves a TLS session on a connection that was added before. The port identifies the connection. */
  serve(socket: Socket): void {
    for (const raw of this.open.keys()) if (raw.remotePort === socket.remotePort) this.#play(socket, raw)
  }

  dropAll(): void {
    for (const socket of this.open.keys()) socket.resetAndDestroy()
  }

  async close(server: Server): Promise<void> {
    for (const socket of this.open.keys()) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
    if (this.#errors.length > 0) throw new AggregateError(this.#errors.splice(0), 'a row of the upstream threw')
  }

  #play(socket: Socket, raw: Socket): void {
    serve(this.#host, socket, raw, this.open.get(raw) ?? 0).catch((error: unknown) => {
      this.#errors.push(error)
      raw.destroy()
    })
  }
}
