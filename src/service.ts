import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { buildApp } from './app.ts'
import type { Config } from './config/config.ts'
import { Lifecycle } from './http/lifecycle.ts'
import { refusalOf } from './http/problem.ts'
import { createServer, listen, type Server } from './http/server.ts'
import { Runtime } from './runtime.ts'
import type { Log } from './telemetry/logger.ts'

/** A service that listens. */
export interface Service {
  /** Its origin, such as `http://127.0.0.1:3000`. */
  readonly address: string
  /** Drains: becomes unready, serves on for the drain delay, lets requests in progress finish, closes everything. */
  stop(): Promise<void>
}

/** Starts serving a configuration. Rejects if it cannot listen on the address; then nothing is left open. */
export async function start(config: Config, log: Log): Promise<Service> {
  const lifecycle = new Lifecycle()
  const runtime = Runtime.start(config, { log, lifecycle })
  let app: FastifyInstance | undefined
  try {
    app = await buildApp(runtime)
    runtime.authenticator?.prefetch()
    const server = createServer(
      { app },
      {
        longestMs: config.deadline.maxMs,
        maxArriving: config.server.maxInFlight,
        onRefused: ({ requestId: id, problem, error }) =>
          runtime.events.emit('refusal', refusalOf({ id, method: '', url: '' }, problem, error)),
      },
    )
    const { host } = config.server
    const port = await listen(server.http, config.server.port, host)
    lifecycle.phase = 'ready'
    const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    log.logger.info({ address }, 'listening')
    const parts = { config, lifecycle, server, app, runtime, log }
    return { address, stop: () => stop(parts) }
  } catch (error) {
    await app?.close()
    runtime.release()
    throw error
  }
}

interface Parts {
  readonly config: Config
  readonly lifecycle: Lifecycle
  readonly server: Server
  readonly app: FastifyInstance
  readonly runtime: Runtime
  readonly log: Log
}

async function stop({ config, lifecycle, server, app, runtime, log }: Parts): Promise<void> {
  const { drainDelayMs, shutdownTimeoutMs } = config.server
  lifecycle.phase = 'draining'
  log.logger.info({ drainDelayMs, shutdownTimeoutMs }, 'draining')
  await new Promise((resolve) => setTimeout(resolve, drainDelayMs))
  const cut = await server.connections.close(shutdownTimeoutMs)
  if (cut.length > 0) log.logger.warn({ shutdownTimeoutMs, requests: cut.map(nameOf) }, 'answers were cut off')
  try {
    await app.close()
  } finally {
    runtime.release()
  }
  log.logger.info('stopped')
}

/** Method and path, without the query: it may contain data that must not be logged. */
function nameOf({ method, url }: IncomingMessage): string {
  return `${method} ${url?.split('?', 1)[0]}`
}
