import type { FastifyInstance } from 'fastify'
import { Problem } from '../../src/http/problem.ts'
import { liveOperation, readyOperation } from '../../src/openapi/operations.ts'

/** Liveness and readiness of the process. Failing sources affect neither. */
export default async function health(app: FastifyInstance): Promise<void> {
  const { lifecycle, config } = app.runtime

  app.get('/health/live', { config: { open: true, operation: liveOperation } }, async () => ({ status: 'live' }))

  app.get('/health/ready', { config: { open: true, operation: readyOperation } }, async () => {
    if (lifecycle.phase !== 'ready') throw notReady(`The process is ${lifecycle.phase}.`)
    const overload = lifecycle.overload(config.server.maxInFlight)
    if (overload !== null) throw notReady(overload)
    return { status: 'ready' }
  })
}

function notReady(detail: string): Problem {
  return new Problem('not-ready', detail, { retryAfterSeconds: 1 })
}
