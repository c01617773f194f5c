import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AggregateOptions, type AggregateRequest, carryOut, prepare } from '../src/aggregate/aggregate.ts'
import type { Answer } from '../src/aggregate/answer.ts'
import { BATCH_SCHEMA, type Batch, checkBatchQuery, readBatch } from '../src/aggregate/batch.ts'
import { type Entry, entryOf, menuOf } from '../src/aggregate/entry.ts'
import { readQuery } from '../src/aggregate/query.ts'
import type { Query } from '../src/aggregate/settings.ts'
import type { ViewConfig } from '../src/config/config.ts'
import { Problem } from '../src/http/problem.ts'
import { batchOperation, getOperation } from '../src/openapi/operations.ts'
import type { Schema } from '../src/openapi/schemas.ts'
import { sendProblem } from '../src/plugins/errors.ts'
import type { Runtime } from '../src/runtime.ts'
import type { Source } from '../src/source/source.ts'
import { readTrace } from '../src/source/trace.ts'
import { logAnswer, logShapeErrors } from '../src/telemetry/observers.ts'

type Asking = Pick<AggregateRequest, 'view' | 'shape' | 'deadlineMs' | 'read'>

/** One call in, all sources at once: everything visible, a view, or a batch. */
export default async function aggregate(app: FastifyInstance): Promise<void> {
  const { runtime } = app
  const { config, sources } = runtime
  const options = optionsOf(runtime)
  const answering = (operation: Schema) => ({ config: { bounded: true, produces: ['application/json'], operation } })
  const deadlineMs = config.deadline.defaultMs

  const visible = [...sources.values()].filter((source) => source.isVisible).map(entryOf)
  const all = menuOf(visible, sources)
  app.get('/aggregate', answering(getOperation(null, all)), (request, reply) => {
    const read: Asking['read'] = (query, errors) => readQuery(all, query, errors)
    return respond(request, reply, { view: null, shape: null, deadlineMs, read }, options)
  })

  for (const view of config.views.values()) {
    const menu = menuOf(entriesOf(view, sources), sources)
    const { id, shape, deadlineMs } = view
    app.get(`/aggregate/${id}`, answering(getOperation(view, menu)), (request, reply) => {
      const read: Asking['read'] = (query, errors) => readQuery(menu, query, errors)
      return respond(request, reply, { view: id, shape, deadlineMs, read }, options)
    })
  }

  app.post<{ Body: Batch }>(
    '/aggregate',
    { ...answering(batchOperation(all)), schema: { body: BATCH_SCHEMA } },
    (request, reply) => {
      const read: Asking['read'] = (query, errors) => {
        checkBatchQuery(query, errors)
        return readBatch(sources, request.body, errors)
      }
      return respond(request, reply, { view: null, shape: null, deadlineMs, read }, options)
    },
  )
}

function optionsOf({ clock, config, logger, workers }: Runtime): AggregateOptions {
  const { serverTiming, explain, ...allowance } = config.server
  const onBug = (source: string, err: unknown): void => logger.error({ source, err }, 'a call went wrong inside')
  const onShapeError = logShapeErrors(logger)
  return { clock, workers, reserveMs: config.deadline.reserveMs, serverTiming, explain, allowance, onBug, onShapeError }
}

function entriesOf(view: ViewConfig, sources: ReadonlyMap<string, Source>): readonly Entry[] {
  return view.entries.map(({ key, source, params, required }) => {
    return { key, source: sources.get(source) as Source, fixed: params, required }
  })
}

/** The parsed query. One that is not validly encoded would reach a source as something that the client never wrote. */
function queryOf(request: FastifyRequest): Query {
  try {
    decodeURIComponent(request.url)
  } catch {
    throw new Problem('invalid-request', 'The query is not valid percent-encoded UTF-8.')
  }
  return request.query as Query
}

async function respond(
  request: FastifyRequest,
  reply: FastifyReply,
  asking: Asking,
  options: AggregateOptions,
): Promise<FastifyReply> {
  const { headers } = request
  const { plan, applied } = prepare(
    {
      ...asking,
      query: queryOf(request),
      prefer: headers.prefer as string | undefined,
      context: { requestId: request.id, trace: readTrace(headers.traceparent as string | undefined), headers },
    },
    options,
  )
  // not `request.signal`, nor the request's own close: on a POST both say "gone" when the body has been read
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) plan.cancel.cancel('client')
  })
  const answer = await carryOut(plan, options)
  logAnswer(request.server.runtime.logger, plan, answer, request)
  if (plan.cancel.reason === 'client') return reply.hijack()
  if (applied.length > 0) reply.header('preference-applied', applied.join(', '))
  return send(request, reply, answer)
}

function send(request: FastifyRequest, reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  reply.headers(headers)
  if (body instanceof Problem) return sendProblem(request, reply, body)
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}
