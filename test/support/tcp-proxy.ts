import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Owner } from './owner.ts'
import { type Modes, pump } from './tcp-pump.ts'

/** A TCP proxy that can disturb connections. */
export interface TcpProxy {
  readonly port: number
  readonly origin: string
  /** Connections accepted, ever. */
  readonly connections: number
  /** Connections open now. */
  readonly open: number
  /** Changes some modes, also for later bytes of open connections; null or false switches a mode off. */
  set(modes: Partial<Modes>): void
  /** Ends every open connection, on both sides. */
  cutAll(how: 'fin' | 'rst'): void
  close(): Promise<void>
}

/** The server that connections are forwarded to; an upstream is one. */
export interface Target {
  readonly port: number
  readonly host?: string
}

type Pair = readonly [Socket, Socket]

const good: Modes = {
  latencyMs: null,
  bytesPerSecond: null,
  sliceBytes: null,
  cutAfterBytes: null,
  cut: 'fin',
  stall: false,
}

/** Starts a proxy on a free port in front of `target`; it is closed when the test is over. */
export async function startTcpProxy(t: Owner, target: Target, start: Partial<Modes> = {}): Promise<TcpProxy> {
  const modes = { ...good, ...start }
  const pairs = new Set<Pair>()
  let connections = 0
  const server = createServer({ allowHalfOpen: true }, (client) => {
    connections++
    const pair = join(client, target, modes)
    pairs.add(pair)
    client.on('close', () => pairs.delete(pair))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    for (const socket of [...pairs].flat()) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  t.teardown(close)
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    get connections() {
      return connections
    },
    get open() {
      return pairs.size
    },
    set: (changed) => void Object.assign(modes, changed),
    cutAll: (how) => [...pairs].forEach((pair) => void end(pair, how)),
    close,
  }
}

function join(client: Socket, { port, host = '127.0.0.1' }: Target, modes: Modes): Pair {
  const upstream = connect({ port, host, allowHalfOpen: true })
  const pair = [client, upstream] as const
  for (const socket of pair) socket.setNoDelay(true).on('error', () => {})
  pump(client, upstream, modes, null)
  pump(upstream, client, modes, () => end(pair, modes.cut))
  return pair
}

function end(pair: Pair, how: 'fin' | 'rst'): void {
  for (const socket of pair) how === 'rst' ? socket.resetAndDestroy() : socket.destroySoon()
}
