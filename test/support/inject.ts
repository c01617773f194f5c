import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import nock from 'nock'
import { buildApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config/load.ts'
import { Runtime } from '../../src/runtime.ts'
import { Conformance } from '../openapi/conformance.ts'
import { type MemoryLog, memoryLog } from './build.ts'
import type { Owner } from './owner.ts'

export interface Injected {
  readonly app: FastifyInstance
  readonly runtime: Runtime
  readonly log: MemoryLog
}

/**
 * Builds an app without a server: requests are injected, nock replaces the upstreams, and other connections are
 * refused. For ordinary replies only: tests of time or of broken connections need real sockets (see build.ts). Throws
 * if an answer does not match the app's OpenAPI document.
 */
export async function inject(t: Owner, config: object): Promise<Injected> {
  const loaded = parseConfig(JSON.stringify(config), {})
  if (loaded.config === null) throw new Error(JSON.stringify(loaded.problems, null, 2))
  nock.disableNetConnect()
  const log = memoryLog()
  const runtime = Runtime.start(loaded.config, { log })
  runtime.lifecycle.phase = 'ready'
  const app = checked(await buildApp(runtime))
  t.teardown(async () => {
    await app.close()
    runtime.release()
    nock.cleanAll()
    nock.enableNetConnect()
  })
  return { app, runtime, log }
}

function checked(app: FastifyInstance): FastifyInstance {
  const document = new Conformance(app.swagger())
  const inject = app.inject.bind(app) as (options: string | object) => Promise<LightMyRequestResponse>
  return Object.assign(app, {
    async inject(options: string | { readonly url: string; readonly method?: string }) {
      const { url, method = 'GET' } = typeof options === 'string' ? { url: options } : options
      const answer = await inject(options)
      const { statusCode: status, headers } = answer
      const body = 'content-encoding' in headers || method === 'HEAD' ? null : answer.body
      document.check({ method, url, status, headers, body })
      return answer
    },
  })
}
