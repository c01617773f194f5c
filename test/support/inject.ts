import type { FastifyInstance } from 'fastify'
import nock from 'nock'
import { buildApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config/load.ts'
import { Runtime } from '../../src/runtime.ts'
import { type MemoryLog, memoryLog } from './build.ts'
import type { Owner } from './owner.ts'

export interface Injected {
  readonly app: FastifyInstance
  readonly runtime: Runtime
  readonly log: MemoryLog
}

/**
 * Builds an app that no server serves: requests are injected, upstreams are nock's, and nothing else can be connected
 * to. For plain replies only: what is about time or broken connections needs real sockets (see build.ts).
 */
export async function inject(t: Owner, config: object): Promise<Injected> {
  const loaded = parseConfig(JSON.stringify(config), {})
  if (loaded.config === null) throw new Error(JSON.stringify(loaded.problems, null, 2))
  nock.disableNetConnect()
  const log = memoryLog()
  const runtime = new Runtime(loaded.config, { log })
  runtime.lifecycle.phase = 'ready'
  const app = await buildApp(runtime)
  t.teardown(async () => {
    await app.close()
    runtime.release()
    nock.cleanAll()
    nock.enableNetConnect()
  })
  return { app, runtime, log }
}
