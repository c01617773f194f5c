import { PROBLEMS, problemType } from '../http/problem.ts'
import { type Failing, failureExample, SHOWN_CODES } from './codes.ts'
import { exact, ms, orNull, ref, type Schema } from './schema-parts.ts'

/** JSON Schemas that do not depend on the configuration; components of the document. */

export { exact, ref, type Schema }

const NEWS: Failing = { key: 'news', required: false, source: { id: 'news', facts: { timeoutMs: 500 } } }

const DETAILS: Schema = {
  description: 'What `errorDetails` makes of the answer of the source; only if it is configured. Any JSON',
}

const failedSource = exact(
  {
    id: { type: 'string', description: 'The key in `data`' },
    source: { type: 'string', description: 'The configured source' },
    code: {
      type: 'string',
      enum: SHOWN_CODES,
      description: 'How the source failed: a token of RFC 9209 where one fits',
    },
    message: { type: 'string', description: 'A sentence for people; programs read `code`' },
    required: { type: 'boolean', description: 'Whether its failure fails the answer' },
    upstreamStatus: orNull('integer', "The status of the source's answer, if one came"),
    retryable: { type: 'boolean', description: 'Whether the same request may well succeed later' },
    retryAfterMs: orNull('number', 'How long the source asked clients to wait, in milliseconds'),
    attempts: { type: 'integer', minimum: 0, description: 'Requests made to the source' },
    durationMs: ms('How long the call took'),
    servedFrom: {
      type: ['string', 'null'],
      enum: ['stale', 'fallback', null],
      description: 'Where the value in `data` came from although the source failed; null when there is none',
    },
  },
  {
    details: DETAILS,
    items: {
      type: 'array',
      description: 'For a list of calls: the items that have no data',
      items: exact(
        {
          index: { type: 'integer', minimum: 0 },
          code: { type: 'string', enum: SHOWN_CODES },
          upstreamStatus: orNull('integer', "The status of the source's answer, if one came"),
        },
        { details: DETAILS },
      ),
    },
    cause: exact(
      { source: { type: 'string' }, code: { type: 'string', enum: SHOWN_CODES } },
      {},
      'For `dependency_failed`: the source that failed first, and how',
    ),
  },
  'A source that failed, or whose data had to be substituted',
)

const sourceMeta = exact(
  {
    upstreamStatus: orNull('integer', "The status of the source's answer, if one came"),
    attempts: { type: 'integer', minimum: 0, description: 'Requests made to the source' },
    hedged: { type: 'boolean', description: 'Whether a second attempt ran beside the first' },
    from: {
      type: 'string',
      enum: ['live', 'cache', 'stale', 'fallback', 'skipped'],
      description: 'Where the value came from; skipped where the source was not called because of its `when`',
    },
    ageMs: ms('The age of the value, if it is from the cache'),
    startedAtMs: ms('When the call started, from the start of the answer'),
    durationMs: ms('How long it took'),
    bytes: { type: 'integer', minimum: 0, description: 'Size of the body' },
  },
  {},
  'How one source was asked; with `explain=true`',
)

const meta = exact(
  {
    requestId: { type: 'string', description: 'The same as in X-Request-Id, and in every line of the log' },
    durationMs: ms('How long the answer took'),
    deadlineMs: ms('How long it was allowed to take'),
  },
  {
    truncated: {
      type: 'object',
      additionalProperties: exact({
        kept: { type: 'integer', minimum: 0, description: 'Items that were asked for' },
        total: { type: 'integer', minimum: 0, description: 'Items that there were' },
      }),
      description: 'By key in `data`: lists that were cut off at their limit',
    },
    simulated: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'By key in `data`: how its call was made to end; with `simulate`',
    },
    sources: {
      type: 'object',
      additionalProperties: ref('SourceMeta'),
      description: 'By key in `data`; with `explain=true`',
    },
  },
)

const problem = exact(
  {
    type: {
      type: 'string',
      enum: (Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[]).map(problemType),
      description: 'The kind of problem',
    },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What is wrong with this request, and what to do' },
    instance: { type: 'string', description: 'The path that was asked for' },
    requestId: { type: 'string' },
  },
  {
    errors: { type: 'array', items: ref('RequestError'), description: 'Everything that is wrong with the request' },
    failedSources: { type: 'array', items: ref('FailedSource'), description: 'Every source that failed' },
    data: {
      description:
        'What was retrieved nevertheless, in the form of the answer: only where a call that may change something was made',
    },
  },
  'A problem document (RFC 9457)',
)

const requestError = exact({
  path: { type: 'string', description: 'A query key, or a place in the body such as `requests[0].params.q`' },
  message: { type: 'string' },
})

const breakerState = { type: ['string', 'null'], enum: ['closed', 'open', 'half-open', null] } satisfies Schema

const source = exact(
  {
    id: { type: 'string' },
    description: { type: ['string', 'null'] },
    hidden: { type: 'boolean', description: 'Whether it only feeds other sources' },
    safe: { type: 'boolean', description: 'Whether asking it changes nothing; only then it is part of /aggregate' },
    required: { type: 'boolean', description: 'Whether its failure fails the answer' },
    timeoutMs: ms('How long one call may take'),
    parameters: { type: 'array', items: ref('SourceParameter') },
    inFlight: { type: 'integer', minimum: 0, description: 'Attempts in flight' },
    queued: { type: 'integer', minimum: 0, description: 'Attempts that wait for a place, or for the rate limit' },
    breaker: {
      ...breakerState,
      description:
        'Open: it is not called; half-open: a few attempts test whether it has recovered; null: it has no breaker. Of several origins, each has a breaker, and this is the state of the one that is best off',
    },
    budget: orNull('integer', 'Retries and hedges that are still allowed; null for no limit'),
    latencyMs: {
      ...exact({ p50: ms('Half'), p95: ms('95 %'), p99: ms('99 %') }),
      type: ['object', 'null'],
      description: 'Percentiles of the duration of its calls over the last minutes; null before the first call',
    },
  },
  {
    origins: {
      type: 'array',
      description: 'Only of a source with `origins`: the state of each, in their order',
      items: exact({
        origin: { type: 'string', description: 'Its place in the list, from "0", as in the label of metrics' },
        breaker: breakerState,
      }),
    },
  },
  'One source, its parameters and its state',
)

const sourceParameter = exact({
  name: { type: 'string' },
  required: { type: 'boolean' },
  schema: { type: 'object', description: 'JSON Schema of the value', additionalProperties: true },
})

const recordHead = {
  id: { type: 'string', description: 'The key in `data`' },
  source: { type: 'string', description: 'The configured source' },
}

const sourceRecord = exact(
  { ...recordHead, ok: { type: 'boolean', const: true, description: 'There is data; null counts' }, data: {} },
  { failure: { ...ref('FailedSource'), description: 'Why `data` is a substitute' }, meta: ref('SourceMeta') },
  'A source that has settled with data. If the source failed and its data is a substitute, it has a `failure` too',
)

const failedRecord = exact(
  {
    ...recordHead,
    ok: { type: 'boolean', const: false, description: 'There is no data' },
    failure: ref('FailedSource'),
  },
  { meta: ref('SourceMeta') },
  'A source that has settled without data',
)

const doneRecord = exact(
  {
    done: { type: 'boolean', const: true },
    status: { type: 'integer', description: 'The status that the plain answer would have had' },
    partial: { type: 'boolean', description: 'Whether a source that was asked failed' },
    failedSources: { type: 'array', items: ref('FailedSource') },
    meta: ref('Meta'),
  },
  {},
  'The end of a stream',
)

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  FailedSource: { ...failedSource, examples: SHOWN_CODES.map((code) => failureExample(code, NEWS)) },
  Meta: meta,
  SourceRecord: sourceRecord,
  FailedRecord: failedRecord,
  DoneRecord: doneRecord,
  SourceMeta: sourceMeta,
  Problem: problem,
  RequestError: requestError,
  Source: source,
  SourceParameter: sourceParameter,
  Sources: exact({ sources: { type: 'array', items: ref('Source') } }),
  Live: exact({ status: { type: 'string', const: 'live' } }),
  Ready: exact({ status: { type: 'string', const: 'ready' } }),
}
