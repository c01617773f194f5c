import { Writable } from 'node:stream'
import { pino } from 'pino'
import { documentOf } from '../../src/cli/openapi.ts'
import { parseConfig } from '../../src/config/load.ts'
import { type Service, start } from '../../src/service.ts'
import type { Log } from '../../src/telemetry/logger.ts'
import type { Tracing } from '../../src/telemetry/registry.ts'
import { Conformance } from '../openapi/conformance.ts'
import { type GetOptions, type GetResponse, get } from './get.ts'
import type { Owner } from './owner.ts'

export type Line = Readonly<Record<string, unknown>>

/** A log that is kept in memory. */
export interface MemoryLog extends Log {
  readonly lines: readonly Line[]
  /** The lines with this `msg`. */
  named(msg: string): readonly Line[]
}

export function memoryLog(level = 'debug'): MemoryLog {
  const lines: Line[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  const named = (msg: string) => lines.filter((line) => line.msg === msg)
  return { logger: pino({ level, base: null }, stream), dropped: () => 0, flush: async () => true, lines, named }
}

export interface Built extends Service {
  readonly log: MemoryLog
  readonly port: number
  get(path: string, options?: GetOptions): Promise<GetResponse>
}

/**
 * Starts a service for a test: listens on a free port of loopback, logs to memory, and is stopped when the test is
 * over. `config` is YAML, or an object in the same form. `get` throws if an answer does not match the service's OpenAPI
 * document. `level` is that of the log.
 */
export async function build(
  t: Owner,
  config: string | object,
  environment: NodeJS.ProcessEnv = {},
  level = 'debug',
  tracing: Tracing | null = null,
): Promise<Built> {
  const text = typeof config === 'string' ? config : JSON.stringify(config)
  const loaded = parseConfig(text, { ...environment, PORT: '0' })
  if (loaded.config === null) throw new Error(JSON.stringify(loaded.problems, null, 2))
  const log = memoryLog(level)
  const document = new Conformance(await documentOf(loaded.config))
  const service = await start(loaded.config, log, tracing)
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= service.stop()
    return stopping
  }
  t.teardown(stop)
  return {
    address: service.address,
    operationsAddress: service.operationsAddress,
    stopMs: service.stopMs,
    reload: (next) => service.reload(next),
    stop,
    log,
    port: Number(new URL(service.address).port),
    get: async (path, options) => {
      const answer = await get(service.address + path, options)
      const body = 'content-encoding' in answer.headers || options?.method === 'HEAD' ? null : answer.body
      document.check({ ...answer, method: options?.method ?? 'GET', url: path, body })
      return answer
    },
  }
}
