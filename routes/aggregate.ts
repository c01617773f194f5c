import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AggregateOptions } from '../src/aggregate/aggregate.ts'
import { BATCH_SCHEMA, type Batch } from '../src/aggregate/batch.ts'
import { type Endpoint, endpointOf } from '../src/aggregate/endpoint.ts'
import { entryOf, type Menu, menuOf, viewEntries } from '../src/aggregate/menu.ts'
import { makePlan } from '../src/aggregate/plan.ts'
import { type Selection, selectByBatch, selectByBody, selectByQuery } from '../src/aggregate/selection.ts'
import type { ViewConfig } from '../src/config/config.ts'
import { OWN_SEGMENTS } from '../src/config/sections/view-path.ts'
import { batchOperation, getOperation } from '../src/openapi/operations.ts'
import type { Schema } from '../src/openapi/schemas.ts'
import { writeOperation } from '../src/openapi/write-operation.ts'
import { bodyHooks } from '../src/plugins/arrival.ts'
import { refuseCrossSite } from '../src/plugins/cross-site.ts'
import { EVENTS_TYPE, JSON_TYPE, NDJSON_TYPE, preferredType } from '../src/plugins/negotiate.ts'
import { addVary } from '../src/plugins/vary.ts'
import { askerOf, membersOf } from '../src/replies/asker.ts'
import { replyWhole } from '../src/replies/plain.ts'
import { replyStopped, replyStream } from '../src/replies/stream.ts'
import type { Runtime } from '../src/runtime.ts'

/**
 * GET /aggregate for all visible sources, POST /aggregate for batches, and each view at /aggregate/{view} or at its own
 * path.
 */
export default async function routes(app: FastifyInstance): Promise<void> {
  const { config, sources } = app.runtime
  const visible = [...sources.values()].filter((source) => source.isVisible).map(entryOf)
  const all = endpointFor(app.runtime, null, menuOf(visible, sources))
  const options = optionsOf(app.runtime)
  app.get('/aggregate', answering(getOperation(null, all.menu), STREAMED), (request, reply) =>
    respond(selectByQuery(all, askerOf(request)), options, request, reply),
  )
  app.post<{ Body: Batch }>(
    '/aggregate',
    { ...answering(batchOperation(all.menu), WHOLE), ...bodyHooks, schema: { body: BATCH_SCHEMA } },
    (request, reply) => respond(selectByBatch(all, askerOf(request), request.body, sources), options, request, reply),
  )
  for (const view of config.views.values()) {
    const endpoint = endpointFor(app.runtime, view, menuOf(viewEntries(view.entries, sources), sources))
    if (view.method === 'GET') addReadView(app, view, endpoint, options)
    else addWriteView(app, view, endpoint, options)
  }
}

/** A view with the method GET. */
function addReadView(app: FastifyInstance, view: ViewConfig, endpoint: Endpoint, options: AggregateOptions): void {
  const operation = getOperation(view, endpoint.menu)
  app.get(urlOf(view), answering(operation, view.shape === null ? STREAMED : WHOLE, view), (request, reply) =>
    respond(selectByQuery(endpoint, askerOf(request)), options, request, reply),
  )
}

/** A view with another method: it may change something, and its body has parameters or is forwarded. */
function addWriteView(app: FastifyInstance, view: ViewConfig, endpoint: Endpoint, options: AggregateOptions): void {
  const keepsBody = endpoint.menu.entries.some(({ source }) => source.facts.needsBody)
  const route = answering(writeOperation(view, endpoint.menu), WHOLE, view)
  app.route({
    ...route,
    ...bodyHooks,
    config: { ...route.config, bodyOptional: true, keepsBody },
    method: view.method,
    url: urlOf(view),
    onRequest: refuseCrossSite,
    handler: (request, reply) =>
      respond(selectByBody(endpoint, askerOf(request, membersOf(request))), options, request, reply),
  })
}

/** The media types of an answer. A shape needs the data of all sources, so there is nothing to stream. */
const WHOLE = [JSON_TYPE]
const STREAMED = [JSON_TYPE, NDJSON_TYPE, EVENTS_TYPE]

function answering(operation: Schema, produces: readonly string[], view: ViewConfig | null = null) {
  const shownPath = view?.path?.text
  return { config: { bounded: true, produces, operation, ...(shownPath === undefined ? {} : { shownPath }) } }
}

/** The URL as the router writes it: a colon begins a variable, and two are a colon. */
function urlOf({ id, path }: ViewConfig): string {
  if (path === null) return `/aggregate/${id}`
  const parts = path.segments.map((segment, index) => {
    if ('literal' in segment) return segment.literal.replaceAll(':', '::')
    return index === 0 ? `:${segment.variable}${NOT_OURS}` : `:${segment.variable}`
  })
  return `/${parts.join('/')}`
}

/** What a variable takes that is the first segment: with `/{a}/{b}`, `/health/live` stays ours, also where it is off. */
const NOT_OURS = `((?!(?:${OWN_SEGMENTS.join('|')})$)[^]+)`

function endpointFor({ config }: Runtime, view: ViewConfig | null, menu: Menu): Endpoint {
  const { id = null, shape = null, deadlineMs = config.deadline.defaultMs } = view ?? {}
  const { explain, simulate, unknownQuery } = config.server
  return endpointOf({ view: id, shape, deadlineMs, menu, allowed: { explain, simulate, unknownQuery } })
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
