import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AggregateOptions, aggregate } from '../src/aggregate/aggregate.ts'
import type { Answer } from '../src/aggregate/answer.ts'
import { BATCH_SCHEMA, type Batch } from '../src/aggregate/batch.ts'
import { type Endpoint, endpointOf } from '../src/aggregate/endpoint.ts'
import { type Entry, entryOf, type Menu, menuOf } from '../src/aggregate/menu.ts'
import { makePlan, type Plan } from '../src/aggregate/plan.ts'
import { type Asker, type Selection, selectByBatch, selectByQuery } from '../src/aggregate/selection.ts'
import type { Query } from '../src/aggregate/settings.ts'
import type { ViewConfig } from '../src/config/config.ts'
import { readTrace } from '../src/core/trace.ts'
import { Problem } from '../src/http/problem.ts'
import { batchOperation, getOperation } from '../src/openapi/operations.ts'
import type { Schema } from '../src/openapi/schemas.ts'
import { sendProblem } from '../src/plugins/errors.ts'
import type { Runtime } from '../src/runtime.ts'
import type { Source } from '../src/source/source.ts'

/** GET /aggregate for all visible sources, GET /aggregate/{view} for views, and POST /aggregate for batches. */
export default async function routes(app: FastifyInstance): Promise<void> {
  const { config, sources } = app.runtime
  const visible = [...sources.values()].filter((source) => source.isVisible).map(entryOf)
  const all = endpointFor(app.runtime, null, menuOf(visible, sources))
  const options = optionsOf(app.runtime)
  app.get('/aggregate', answering(getOperation(null, all.menu)), (request, reply) =>
    respond(selectByQuery(all, askerOf(request)), options, request, reply),
  )

  for (const view of config.views.values()) {
    const endpoint = endpointFor(app.runtime, view, menuOf(entriesOf(view, sources), sources))
    app.get(`/aggregate/${view.id}`, answering(getOperation(view, endpoint.menu)), (request, reply) =>
      respond(selectByQuery(endpoint, askerOf(request)), options, request, reply),
    )
  }

  app.post<{ Body: Batch }>(
    '/aggregate',
    { ...answering(batchOperation(all.menu)), schema: { body: BATCH_SCHEMA } },
    (request, reply) => respond(selectByBatch(all, askerOf(request), request.body, sources), options, request, reply),
  )
}

function answering(operation: Schema) {
  return { config: { bounded: true, produces: ['application/json'], operation } }
}

function endpointFor({ config }: Runtime, view: ViewConfig | null, menu: Menu): Endpoint {
  const { id = null, shape = null, deadlineMs = config.deadline.defaultMs } = view ?? {}
  return endpointOf({ view: id, shape, deadlineMs, menu, explainAllowed: config.server.explain })
}

function entriesOf(view: ViewConfig, sources: ReadonlyMap<string, Source>): readonly Entry[] {
  return view.entries.map(({ key, source, params, required }) => {
    return { key, source: sources.get(source) as Source, fixed: params, required }
  })
}

function askerOf(request: FastifyRequest): Asker {
  const { id, headers, client, server } = request
  const trace = readTrace(headers.traceparent as string | undefined)
  const claims = client?.claims ?? null
  return { requestId: id, trace, headers, claims, query: queryOf(request), askedAt: server.runtime.clock.now() }
}

/**
 * Returns the parsed query. Throws a Problem if its encoding is invalid: it would reach a source as text that the
 * client did not write.
 */
function queryOf(request: FastifyRequest): Query {
  try {
    decodeURIComponent(request.url)
  } catch {
    throw new Problem('invalid-request', 'The query is not valid percent-encoded UTF-8.')
  }
  return request.query as Query
}

async function respond(
  selection: Selection,
  options: AggregateOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { runtime } = request.server
  const plan = makePlan(selection, runtime.config.deadline.reserveMs)
  // do not use `request.signal` or the close event of the request: for a POST both fire when the body has been read
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) plan.cancel.cancel('client')
  })
  const answer = await aggregate(plan, options)
  tell(runtime, plan, answer, request)
  if (plan.cancel.reason === 'client') return reply.hijack()
  const { applied } = selection.settings
  if (applied.length > 0) reply.header('preference-applied', applied.join(', '))
  return send(request, reply, answer)
}

function optionsOf({ clock, config, workers, events }: Runtime): AggregateOptions {
  const { serverTiming, ...allowance } = config.server
  return { clock, workers, events, serverTiming, allowance }
}

function tell({ events }: Runtime, plan: Plan, answer: Answer, { id, method, url, ip }: FastifyRequest): void {
  const { status, failed, partial, durationMs } = answer
  events.emit('answer', {
    request: { id, method, url, ip },
    traceId: plan.trace.traceId,
    view: plan.view,
    sources: plan.nodes.filter((node) => node.shown).map((node) => node.key),
    failed,
    partial,
    status,
    cancelled: plan.cancel.reason === 'client',
    durationMs,
    deadlineMs: plan.deadlineMs,
  })
}

function send(request: FastifyRequest, reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  reply.headers(headers)
  if (body instanceof Problem) return sendProblem(request, reply, body)
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}
