import { BATCH_SCHEMA } from '../aggregate/batch.ts'
import { type Entry, type Menu, withNeeds } from '../aggregate/entry.ts'
import { answerResponse, batchResponse, shapedResponse } from './answers.ts'
import { failureResponses } from './failures.ts'
import { headerRef } from './headers.ts'
import { COMMON, dottedParameters, flatParameters, sourcesParameter } from './parameters.ts'
import { ALWAYS, problemResponses } from './problems.ts'
import { ref, type Schema } from './schemas.ts'

/** The operations of the document, one a route. A route carries its own, as `config.operation`. */

const FAILURES = `A source that fails costs its own key and not the answer: \`data\` has null there, \`partial\` is true, and
\`failedSources\` says which failed, and why.`

/** GET of everything visible, or of a view. */
export function getOperation(
  view: { readonly id: string; readonly description: string | null; readonly shape: unknown } | null,
  menu: Menu,
): Schema {
  const { entries } = menu
  // what is needed takes its parameters from the same query
  const taking = withNeeds(entries, menu).map(({ entry }) => entry)
  const summary = view === null ? 'Ask every source at once' : (view.description ?? `The view ${view.id}`)
  // a client may know of a view that is configured no longer
  const problems = problemResponses([...ALWAYS, 'not-acceptable', ...(view === null ? [] : (['not-found'] as const))])
  const path = view === null ? '/aggregate' : `/aggregate/${view.id}`
  const answer = view?.shape ? shapedResponse(entries) : answerResponse(entries)
  return {
    operationId: view === null ? 'aggregate' : `view_${view.id}`,
    tags: [view === null ? 'aggregate' : 'views'],
    summary,
    description: `These are asked at the same time:\n\n${entries.map(lineOf).join('\n')}\n\n${FAILURES}`,
    parameters: [
      ...flatParameters(taking),
      sourcesParameter(entries),
      ...COMMON.query,
      ...dottedParameters(taking),
      ...COMMON.header,
    ],
    responses: { 200: answer, ...problems, ...failureResponses(entries, path) },
  }
}

function lineOf({ key, source, required }: Entry): string {
  const { description } = source.facts
  return `- \`${key}\`${description === null ? '' : `: ${description}`}${required ? ' (**required**: if it fails, so does the answer)' : ''}`
}

/** POST of a batch. */
export function batchOperation(entries: readonly Entry[]): Schema {
  const requests = entries.slice(0, 2).map(({ key }) => ({ source: key }))
  return {
    operationId: 'aggregateBatch',
    tags: ['aggregate'],
    summary: 'Ask sources several times in one call',
    description: `Each request has an id of its own, and its source's parameters by name.\n\n${FAILURES}`,
    parameters: [...COMMON.query, ...COMMON.header],
    requestBody: { required: true, content: { 'application/json': { schema: BATCH_SCHEMA, example: { requests } } } },
    responses: {
      200: batchResponse(entries),
      ...problemResponses([...ALWAYS, 'not-acceptable', 'body-too-large', 'unsupported-media-type']),
      ...failureResponses(entries.slice(0, 2), '/aggregate'),
    },
  }
}

function plain(operationId: string, summary: string, schema: string, example: unknown): Schema {
  const content = { 'application/json': { schema: ref(schema), example } }
  const ok = { description: summary, headers: { 'X-Request-Id': headerRef('RequestId') }, content }
  return { operationId, tags: ['operations'], summary, responses: { 200: ok } }
}

function withProblems(operation: Schema, responses: Schema): Schema {
  return { ...operation, responses: { ...(operation.responses as Schema), ...responses } }
}

const sources = plain('sources', 'What there is to ask, and how each source is doing', 'Sources', {
  sources: [
    {
      id: 'weather',
      description: 'Current weather by city',
      hidden: false,
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

export const sourcesOperation = withProblems(sources, problemResponses([...ALWAYS, 'not-acceptable']))

export const liveOperation = withProblems(
  plain('live', 'Whether the process is alive', 'Live', { status: 'live' }),
  problemResponses(ALWAYS),
)

export const readyOperation = withProblems(
  plain('ready', 'Whether it can serve; never says no because a source is down', 'Ready', { status: 'ready' }),
  problemResponses([...ALWAYS, 'not-ready']),
)
