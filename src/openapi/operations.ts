import { BATCH_SCHEMA } from '../aggregate/batch.ts'
import { type Entry, type Menu, withNeeds } from '../aggregate/menu.ts'
import type { ViewConfig } from '../config/config.ts'
import { variablesOf } from '../config/sections/view-path.ts'
import { answerResponse, batchResponse, GET_RESPONSES, shapedResponse } from './answers.ts'
import { batchExample, entriesOf } from './batch-example.ts'
import { withExposed } from './exposed.ts'
import { failureResponses, passedResponses } from './failures.ts'
import { headerRef } from './headers.ts'
import { inCode } from './markdown.ts'
import {
  COMMON,
  dottedParameters,
  flatParameters,
  outsidePath,
  POST_HEADERS,
  pathParameters,
  sourcesParameter,
} from './parameters.ts'
import { ALWAYS, otherProblems } from './problems.ts'
import { ref, type Schema } from './schemas.ts'

/** The operations of the document, one for each route, which has it as `config.operation`. */

const FAILURES = `If a source fails, only its own key is missing: \`data\` has null there, \`partial\` is true, and
\`failedSources\` says which source failed, and why.`

const INVALID = { $ref: '#/components/responses/InvalidRequest' }

/** What the document says of a view. */
export type OperationView = Pick<ViewConfig, 'id' | 'description' | 'deadlineMs' | 'shape'>
type View = OperationView & Pick<ViewConfig, 'path'>

/** What is the same in the operations of all views. `more` is said about this one. */
export function viewFacts(view: OperationView, entries: readonly Entry[], more = ''): Schema {
  return {
    operationId: `view_${view.id}`,
    tags: ['views'],
    summary: view.description ?? `The view ${view.id}`,
    description: ['Holds these sources:', listOf(entries), about(view), FAILURES, more]
      .filter((part) => part !== '')
      .join('\n\n'),
  }
}

/** GET of all visible sources, or of a view. */
export function getOperation(view: View | null, menu: Menu): Schema {
  const { entries } = menu
  // sources that are needed take their parameters from the same query
  const taking = withNeeds(entries, menu).map(({ entry }) => entry)
  const path = view === null ? '/aggregate' : (view.path?.text ?? `/aggregate/${view.id}`)
  const inPath = variablesOf(view?.path ?? null)
  return {
    ...(view === null ? allFacts(entries) : viewFacts(view, entries)),
    parameters: [
      ...pathParameters(flatParameters(taking, menu), inPath),
      ...outsidePath(flatParameters(taking, menu), inPath),
      sourcesParameter(entries),
      ...COMMON.query,
      ...dottedParameters(taking, inPath),
      ...COMMON.header,
    ],
    responses: withExposed(
      {
        200: view?.shape ? shapedResponse(view.shape, entries) : answerResponse(entries),
        ...GET_RESPONSES,
        400: INVALID,
        ...failureResponses(entries, path),
        ...(view === null ? {} : passedResponses(entries, taking, path)),
        // 404: a client may request a view that was removed from the configuration
        default: otherProblems([...ALWAYS, 'not-acceptable', ...(view === null ? [] : (['not-found'] as const))]),
      },
      taking,
    ),
  }
}

function allFacts(entries: readonly Entry[]): Schema {
  return {
    operationId: 'aggregate',
    tags: ['aggregate'],
    summary: 'Ask every source at once',
    description: ['Asks these sources:', listOf(entries), FAILURES].filter((part) => part !== '').join('\n\n'),
  }
}

function listOf(entries: readonly Entry[]): string {
  return entries.map(lineOf).join('\n')
}

/** A line about a source of an answer: its description, its fixed parameters, and whether it is required. */
function lineOf({ key, source, fixed, required }: Entry): string {
  const { description } = source.facts
  const sentences = [
    ...(description === null ? [] : [description.replace(/[.\s]*$/, '.')]),
    ...(key === source.id ? [] : [`The source is \`${source.id}\`.`]),
    ...Object.entries(fixed).map(([name, value]) => `\`${source.clientNameOf(name)}\` is fixed to ${inCode(value)}.`),
    ...(required ? ['**Required:** if it fails, the answer fails.'] : []),
  ]
  return `- \`${key}\`${sentences.length === 0 ? '' : `: ${sentences.join(' ')}`}`
}

function about(view: OperationView): string {
  const deadline = `The deadline is ${view.deadlineMs} ms.`
  if (!view.shape) return deadline
  return `${deadline} A \`shape\` applies: \`data\` is what its expressions make of the data of these sources.`
}

/** POST of a batch. */
export function batchOperation(menu: Menu): Schema {
  const example = batchExample(menu)
  const shown = entriesOf(example, menu)
  return {
    operationId: 'aggregateBatch',
    tags: ['aggregate'],
    summary: 'Ask sources several times in one call',
    description: `Each request has an \`id\`, which is its key in \`data\`, and the \`params\` of its source.\n\n${FAILURES}`,
    parameters: [...COMMON.query, ...POST_HEADERS],
    requestBody: { required: true, content: { 'application/json': { schema: batchSchema(menu), example } } },
    responses: withExposed(
      {
        200: batchResponse(shown),
        400: INVALID,
        ...failureResponses(shown, '/aggregate'),
        default: otherProblems([...ALWAYS, 'not-acceptable', 'body-too-large', 'unsupported-media-type']),
      },
      withNeeds(menu.entries, menu).map(({ entry }) => entry),
    ),
  }
}

/** The schema of a batch, with the sources that there are. */
function batchSchema({ entries }: Menu): Schema {
  const { requests } = BATCH_SCHEMA.properties
  const { source } = requests.items.properties
  const named = entries.length === 0 ? source : { ...source, enum: entries.map(({ key }) => key) }
  const items = { ...requests.items, properties: { ...requests.items.properties, source: named } }
  return { ...BATCH_SCHEMA, properties: { requests: { ...requests, items } } }
}

function plain(operationId: string, summary: string, schema: string, example: unknown): Schema {
  const content = { 'application/json': { schema: ref(schema), example } }
  const ok = { description: summary, headers: { 'X-Request-Id': headerRef('RequestId') }, content }
  return { operationId, tags: ['operations'], summary, responses: { 200: ok, 400: INVALID } }
}

function withProblems(operation: Schema, responses: Schema): Schema {
  return { ...operation, responses: { ...(operation.responses as Schema), ...responses } }
}

const sources = plain('sources', 'The sources, their parameters and their state', 'Sources', {
  sources: [
    {
      id: 'weather',
      description: 'Current weather by city',
      hidden: false,
      safe: true,
      required: false,
      timeoutMs: 1000,
      parameters: [{ name: 'q', required: false, schema: { type: 'string' } }],
      inFlight: 2,
      queued: 0,
      breaker: 'closed',
      budget: 34,
      latencyMs: { p50: 41.2, p95: 88.5, p99: 212.4 },
    },
  ],
})

export const sourcesOperation = withProblems(sources, {
  default: otherProblems([...ALWAYS, 'not-acceptable']),
})

export const liveOperation = withProblems(plain('live', 'Whether the process is alive', 'Live', { status: 'live' }), {
  default: otherProblems(ALWAYS),
})

export const readyOperation = withProblems(
  plain('ready', 'Whether the service can take requests; a failing source does not count', 'Ready', {
    status: 'ready',
  }),
  {
    503: { $ref: '#/components/responses/NotReady' },
    default: otherProblems(ALWAYS),
  },
)

const metricsText = {
  schema: { type: 'string' },
  example: [
    '# HELP tributary_inflight Attempts in flight.',
    '# TYPE tributary_inflight gauge',
    'tributary_inflight{source="weather"} 2\n',
  ].join('\n'),
}

export const metricsOperation: Schema = {
  operationId: 'metrics',
  tags: ['operations'],
  summary: 'What is measured, for Prometheus',
  responses: {
    200: {
      description: 'All metrics, in the text format of Prometheus',
      headers: { 'X-Request-Id': headerRef('RequestId'), 'Cache-Control': headerRef('NoStore') },
      content: { 'text/plain': metricsText },
    },
    400: INVALID,
    default: otherProblems(ALWAYS),
  },
}
