import type { FastifyInstance } from 'fastify'
import { metricsOperation } from '../../src/openapi/operations.ts'

/** GET /metrics: everything that is measured, in Prometheus's text format, whatever Accept asks for. */
export default async function metrics(app: FastifyInstance): Promise<void> {
  const { runtime } = app
  app.get('/metrics', { config: { operation: metricsOperation } }, async (_request, reply) => {
    const text = await runtime.metrics.expose(runtime.sources.values())
    return reply.type(runtime.metrics.contentType).header('cache-control', 'no-store').send(text)
  })
}
