import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { firstOf } from '../first-of.ts'
import type { Owner } from '../owner.ts'

/** An address to connect to. */
export interface Place {
  readonly host: string
  readonly port: number
  /** `http://host:port`. */
  readonly origin: string
}

/** A port that refuses connections. It is the local port of an open connection, so nothing else can listen on it. */
export async function refusedPort(t: Owner, host = '127.0.0.1'): Promise<Place> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const holder = connect({ port: (server.address() as AddressInfo).port, host, localAddress: host })
  holder.unref().on('error', () => {})
  const [[far]] = await Promise.all([once(server, 'connection'), once(holder, 'connect')])
  const closed = new Promise((resolve) => server.close(resolve))
  t.teardown(() => {
    holder.resetAndDestroy()
    ;(far as Socket).destroy()
    return closed
  })
  return place(host, holder.localPort ?? 0)
}

// The worker thread blocks after listening: the kernel still completes connections until its queue is full.
const listenAndStop = `
const { parentPort, workerData } = require('node:worker_threads')
const server = require('node:net').createServer().listen({ port: 0, host: workerData.host, backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  Atomics.wait(workerData.gate, 0, 0)
  process.exit()
})`

/** A stopped listener: connections complete (two of them) but are never accepted. */
export async function stoppedListener(t: Owner, host = '127.0.0.1'): Promise<Place> {
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(listenAndStop, { eval: true, execArgv: [], workerData: { host, gate } })
  const [port] = (await once(worker, 'message')) as [number]
  t.teardown(() => {
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
    return worker.terminate()
  })
  return place(host, port)
}

/** A listener whose queue is full: SYNs are dropped, and connecting to it never ends. */
export async function blackHole(t: Owner, host = '127.0.0.1'): Promise<Place> {
  const hole = await stoppedListener(t, host)
  const fillers: Socket[] = []
  t.teardown(() => {
    for (const filler of fillers) filler.destroy()
  })
  let connected = true
  while (connected) {
    const filler = connect(hole.port, host).on('error', () => {})
    fillers.push(filler.unref())
    connected = await connects(filler, 100)
  }
  return hole
}

async function connects(socket: Socket, withinMs: number): Promise<boolean> {
  await firstOf(socket, ['connect'], withinMs)
  // If this process stalled, the timer fires although the connection is ready: let the event loop see it first.
  await new Promise((resolve) => setImmediate(resolve))
  return !socket.connecting
}

function place(host: string, port: number): Place {
  return { host, port, origin: `http://${host}:${port}` }
}
