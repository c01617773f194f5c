import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { buildApp, type Part } from './app.ts'
import type { Config } from './config/config.ts'
import { Handler } from './http/handler.ts'
import { Lifecycle } from './http/lifecycle.ts'
import { refusalOf } from './http/problem.ts'
import { createServer, listen, type Server, type ServerLimits } from './http/server.ts'
import { Runtime } from './runtime.ts'
import type { Log } from './telemetry/logger.ts'
import type { Tracing } from './telemetry/registry.ts'

/** A service that listens. */
export interface Service {
  /** Its origin, such as `http://127.0.0.1:3000`. */
  readonly address: string
  /** The origin of its operations; null if they have no port of their own. */
  readonly operationsAddress: string | null
  /** The longest time in milliseconds that `stop` takes. */
  readonly stopMs: number
  /**
   * Serves another configuration from now on. Requests in progress finish with the one before. Rejects if that is not
   * possible, and then nothing has changed.
   */
  reload(config: Config): Promise<Reloaded>
  /** Drains: becomes unready, serves on for the drain delay, lets requests in progress finish, closes everything. */
  stop(): Promise<void>
}

/** What a reload did. */
export interface Reloaded {
  /** Ids of the sources that keep their connections, breakers and caches. */
  readonly kept: readonly string[]
  /** Ids of the sources whose configuration has changed, or that are new. */
  readonly started: readonly string[]
  /** Ids of the sources that were changed or removed. */
  readonly stopped: readonly string[]
  /** Keys whose change needs a restart. Their old values stay. */
  readonly needRestart: readonly string[]
}

/** Starts serving a configuration. Rejects if it cannot listen on the address; then nothing is left open. */
export async function start(config: Config, log: Log, tracing: Tracing | null = null): Promise<Service> {
  const lifecycle = new Lifecycle()
  const runtime = Runtime.start(config, { log, lifecycle, tracing })
  const running = new Running(runtime, log)
  try {
    await running.listen()
  } catch (error) {
    await running.abandon()
    throw error
  }
  return running
}

/** A server, the app that it serves, and where. */
interface Port {
  readonly part: Part
  readonly server: Server
  readonly handler: Handler
  readonly address: string
}

class Running implements Service {
  readonly #log: Log
  #runtime: Runtime
  #ports: readonly Port[] = []

  constructor(runtime: Runtime, log: Log) {
    this.#runtime = runtime
    this.#log = log
  }

  get address(): string {
    return this.#ports[0]?.address ?? ''
  }

  get operationsAddress(): string | null {
    return this.#ports[1]?.address ?? null
  }

  get stopMs(): number {
    const { drainDelayMs, shutdownTimeoutMs } = this.#runtime.config.server
    return drainDelayMs + shutdownTimeoutMs
  }

  async listen(): Promise<void> {
    const { port, operationsPort } = this.#runtime.config.server
    this.#runtime.authenticator?.prefetch()
    await this.#open(operationsPort === null ? 'all' : 'public', port)
    if (operationsPort !== null) await this.#open('operations', operationsPort)
    this.#runtime.lifecycle.phase = 'ready'
    const { address, operationsAddress } = this
    this.#log.logger.info({ address, ...(operationsAddress === null ? {} : { operationsAddress }) }, 'listening')
  }

  async #open(part: Part, port: number): Promise<void> {
    const { config, events } = this.#runtime
    const handler = new Handler(await buildApp(this.#runtime, part))
    const server = createServer(handler.serve, limitsOf(config), ({ requestId: id, problem, error }) =>
      events.emit('refusal', refusalOf({ id, method: '', url: '' }, problem, error)),
    )
    this.#ports = [...this.#ports, { part, server, handler, address: '' }]
    const address = originOf(config.server.host, await listen(server.http, port, config.server.host))
    this.#ports = [...this.#ports.slice(0, -1), { part, server, handler, address }]
  }

  async reload(config: Config): Promise<Reloaded> {
    const before = this.#runtime
    const needRestart = NEED_RESTART.filter((key) => config.server[key] !== before.config.server[key])
    const { host, port, operationsPort } = before.config.server
    const runtime = Runtime.from({ ...config, server: { ...config.server, host, port, operationsPort } }, before)
    const apps = await this.#build(runtime)
    runtime.useStores()
    runtime.authenticator?.prefetch()
    for (const [index, { handler, server }] of this.#ports.entries()) {
      handler.replace(apps[index] as FastifyInstance)
      server.setLimits(limitsOf(config))
    }
    this.#runtime = runtime
    before.release()
    return { ...changesOf(before, runtime), needRestart: needRestart.map((key) => `server.${key}`) }
  }

  /** Builds the apps of all ports. Rejects if one cannot be built, and then nothing of the runtime is left open. */
  async #build(runtime: Runtime): Promise<readonly FastifyInstance[]> {
    const built = await Promise.allSettled(this.#ports.map(({ part }) => buildApp(runtime, part)))
    const apps = built.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const failed = built.find((one) => one.status === 'rejected')
    if (failed === undefined) return apps
    for (const app of apps) await app.close()
    runtime.release()
    throw failed.reason
  }

  async stop(): Promise<void> {
    const { lifecycle, config } = this.#runtime
    const { drainDelayMs, shutdownTimeoutMs } = config.server
    const { logger } = this.#log
    lifecycle.phase = 'draining'
    logger.info({ drainDelayMs, shutdownTimeoutMs }, 'draining')
    await new Promise((resolve) => setTimeout(resolve, drainDelayMs))
    const endsAt = performance.now() + shutdownTimeoutMs
    const [main, operations] = this.#ports
    const cut = (await main?.server.connections.close(shutdownTimeoutMs)) ?? []
    if (cut.length > 0) logger.warn({ shutdownTimeoutMs, requests: cut.map(nameOf) }, 'answers were cut off')
    await this.#writesEnd(endsAt - performance.now())
    // last, so that probes see it drain
    await operations?.server.connections.close(0)
    try {
      await Promise.all(this.#ports.map(({ handler }) => handler.close()))
    } finally {
      this.#runtime.release()
    }
    logger.info('stopped')
  }

  /** Waits for requests to sources that run on after their answers, for at most this long. */
  async #writesEnd(mostMs: number): Promise<void> {
    const { unfinished } = this.#runtime
    if (unfinished.size === 0) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, Math.max(0, mostMs))
    })
    await Promise.race([unfinished.settled(), late])
    clearTimeout(timer)
    if (unfinished.size > 0) this.#log.logger.warn({ requests: unfinished.size }, 'writes were cut off')
  }

  /** Closes what `listen` has opened before it failed. */
  async abandon(): Promise<void> {
    for (const { server, handler } of this.#ports) {
      server.http.close(() => {})
      await handler.close()
    }
    this.#runtime.release()
  }
}

/** Keys of `server` that are read once. */
const NEED_RESTART = ['host', 'port', 'operationsPort'] as const

function limitsOf({ deadline, server }: Config): ServerLimits {
  return { longestMs: deadline.maxMs, maxArriving: server.maxInFlight }
}

function originOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function changesOf(before: Runtime, after: Runtime): Omit<Reloaded, 'needRestart'> {
  const isKept = (id: string) => before.sources.get(id)?.resources === after.sources.get(id)?.resources
  const [old, current] = [[...before.sources.keys()], [...after.sources.keys()]]
  return {
    kept: current.filter(isKept),
    started: current.filter((id) => !isKept(id)),
    stopped: old.filter((id) => !isKept(id)),
  }
}

/** Method and path, without the query: it may contain data that must not be logged. */
function nameOf({ method, url }: IncomingMessage): string {
  return `${method} ${url?.split('?', 1)[0]}`
}
