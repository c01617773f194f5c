import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AggregateOptions } from '../src/aggregate/aggregate.ts'
import { BATCH_SCHEMA, type Batch } from '../src/aggregate/batch.ts'
import { type Endpoint, endpointOf } from '../src/aggregate/endpoint.ts'
import { type Entry, entryOf, type Menu, menuOf } from '../src/aggregate/menu.ts'
import { makePlan } from '../src/aggregate/plan.ts'
import { type Asker, type Selection, selectByBatch, selectByQuery } from '../src/aggregate/selection.ts'
import type { Query } from '../src/aggregate/settings.ts'
import type { ViewConfig } from '../src/config/config.ts'
import { Problem } from '../src/http/problem.ts'
import { batchOperation, getOperation } from '../src/openapi/operations.ts'
import type { Schema } from '../src/openapi/schemas.ts'
import { arrivalOf, bodyHooks } from '../src/plugins/arrival.ts'
import { EVENTS_TYPE, JSON_TYPE, NDJSON_TYPE, preferredType } from '../src/plugins/negotiate.ts'
import { addVary } from '../src/plugins/vary.ts'
import { replyWhole } from '../src/replies/plain.ts'
import { replyStopped, replyStream } from '../src/replies/stream.ts'
import type { Runtime } from '../src/runtime.ts'
import type { Source } from '../src/source/source.ts'

/** GET /aggregate for all visible sources, GET /aggregate/{view} for views, and POST /aggregate for batches. */
export default async function routes(app: FastifyInstance): Promise<void> {
  const { config, sources } = app.runtime
  const visible = [...sources.values()].filter((source) => source.isVisible).map(entryOf)
  const all = endpointFor(app.runtime, null, menuOf(visible, sources))
  const options = optionsOf(app.runtime)
  app.get('/aggregate', answering(getOperation(null, all.menu), STREAMED), (request, reply) =>
    respond(selectByQuery(all, askerOf(request)), options, request, reply),
  )

  for (const view of config.views.values()) {
    const endpoint = endpointFor(app.runtime, view, menuOf(entriesOf(view, sources), sources))
    app.get(
      `/aggregate/${view.id}`,
      answering(getOperation(view, endpoint.menu), view.shape === null ? STREAMED : WHOLE),
      (request, reply) => respond(selectByQuery(endpoint, askerOf(request)), options, request, reply),
    )
  }

  app.post<{ Body: Batch }>(
    '/aggregate',
    { ...answering(batchOperation(all.menu), WHOLE), ...bodyHooks, schema: { body: BATCH_SCHEMA } },
    (request, reply) => respond(selectByBatch(all, askerOf(request), request.body, sources), options, request, reply),
  )
}

/** The media types of an answer. A shape needs the data of all sources, so there is nothing to stream. */
const WHOLE = [JSON_TYPE]
const STREAMED = [JSON_TYPE, NDJSON_TYPE, EVENTS_TYPE]

function answering(operation: Schema, produces: readonly string[]) {
  return { config: { bounded: true, produces, operation } }
}

function endpointFor({ config }: Runtime, view: ViewConfig | null, menu: Menu): Endpoint {
  const { id = null, shape = null, deadlineMs = config.deadline.defaultMs } = view ?? {}
  const { explain, simulate } = config.server
  return endpointOf({ view: id, shape, deadlineMs, menu, allowed: { explain, simulate } })
}

/** The entries of a view. */
export function entriesOf(view: ViewConfig, sources: ReadonlyMap<string, Source>): readonly Entry[] {
  return view.entries.map(({ key, source, params, required }) => {
    return { key, source: sources.get(source) as Source, fixed: params, required }
  })
}

function askerOf(request: FastifyRequest): Asker {
  const { id, headers, client } = request
  const { trace, at } = arrivalOf(request)
  return { requestId: id, trace, headers, claims: client?.claims ?? null, query: queryOf(request), askedAt: at }
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

/** Answers in the media type that the client prefers. */
function respond(
  selection: Selection,
  options: AggregateOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply | Promise<FastifyReply> {
  const plan = makePlan(selection, request.server.runtime.config.deadline.reserveMs)
  const { applied } = selection.settings
  if (applied.length > 0) reply.header('preference-applied', applied.join(', '))
  addVary(reply, selection.endpoint.vary)
  const replying = { plan, options, request, reply }
  const type = preferredType(request)
  if (type === JSON_TYPE) return replyWhole(replying)
  if (type === EVENTS_TYPE && request.headers['last-event-id'] === 'done') return replyStopped(replying)
  return replyStream(replying, type)
}

function optionsOf({ clock, config, workers, events }: Runtime): AggregateOptions {
  const { serverTiming, auth, maxAttempts, maxAnswerBytes } = config.server
  const allowance = { maxAttempts, maxAnswerBytes }
  return { clock, workers, events, serverTiming, allowance, isPrivate: auth !== null }
}
