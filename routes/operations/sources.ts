import type { FastifyInstance } from 'fastify'
import { sourcesOperation } from '../../src/openapi/operations.ts'
import type { Source } from '../../src/source/source.ts'

/** GET /sources: the sources and their health, without addresses, values and headers. */
export default async function sources(app: FastifyInstance): Promise<void> {
  app.get('/sources', { config: { produces: ['application/json'], operation: sourcesOperation } }, async () => ({
    sources: [...app.runtime.sources.values()].map(describe),
  }))
}

function describe(source: Source): object {
  const { description, hidden, safe, required, timeoutMs } = source.facts
  const parameters = [...source.parameters].map(([name, { required, schema }]) => ({ name, required, schema }))
  return {
    id: source.id,
    description,
    hidden,
    safe,
    required,
    timeoutMs,
    parameters,
    ...source.health,
  }
}
