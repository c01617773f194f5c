import type { Entry } from '../aggregate/menu.ts'
import { areQuick, evaluate, joinParts, partsOf, type Shape } from '../json/shape.ts'
import { failureExample } from './codes.ts'
import { dataComponents } from './data-schema.ts'
import { HEADERS, headerRef, sourceHeaders } from './headers.ts'
import type { Lookup } from './kinds.ts'
import { REQUEST_ID } from './problems.ts'
import { valueAt } from './rebase.ts'
import { exact, ref, type Schema } from './schemas.ts'
import { shapeSchema } from './shape-schema.ts'

/** The 200 of an answer: its envelope, with a key for each source, and an example of a complete and a partial one. */

const META = { requestId: REQUEST_ID, durationMs: 81.5, deadlineMs: 2000 }

const KEYS = 'One key for each source that was asked, in that order. A source that failed or has no data is null.'

/** The response whose `data` has a key for each entry: the source's data or null. It can also be streamed. */
export function answerResponse(entries: readonly Entry[]): Schema {
  const properties = Object.fromEntries(entries.map((entry) => [entry.key, dataOf(entry)]))
  const data = { type: 'object', description: KEYS, additionalProperties: false, properties }
  const whole = response(data, examplesOf(entries))
  const headers = {
    ...(whole.headers as Schema),
    // a stream begins before this is known
    'Aggregate-Partial': { ...HEADERS.AggregatePartial, required: false },
    ETag: headerRef('ETag'),
    'X-Accel-Buffering': headerRef('AccelBuffering'),
  }
  return { ...whole, headers, content: { ...(whole.content as Schema), ...streamsOf(entries) } }
}

/** The media types of a streamed answer. The schema and the examples of NDJSON are those of one line. */
function streamsOf(entries: readonly Entry[]): Schema {
  const [first] = entries
  if (first === undefined) return {}
  const failed = narrowed('FailedRecord', { id: { type: 'string', enum: entries.map(({ key }) => key) } })
  const schema = { anyOf: [...entries.map(recordOf), failed, ref('DoneRecord')] }
  const settled = { id: first.key, source: first.source.id, ok: true, data: sampleOf(first) }
  const { key: id, source } = likeliest(entries) ?? first
  const failure = failureExample('http_response_timeout', likeliest(entries) ?? first)
  const done = { done: true, status: 200, partial: false, failedSources: [], meta: META }
  const examples = {
    settled: { summary: 'A source with data', value: settled },
    failed: { summary: 'A source that failed', value: { id, source: source.id, ok: false, failure } },
    done: { summary: 'The end', value: done },
  }
  const [record, end] = [settled, done].map((one) => JSON.stringify(one))
  return {
    'application/x-ndjson': { schema, examples },
    'text/event-stream': {
      schema: { type: 'string', description: 'Events `source` and `done`, whose data are the same records.' },
      example: `event: source\ndata: ${record}\n\nevent: done\nid: done\ndata: ${end}\n\n`,
    },
  }
}

/** The record of an entry that has settled with data. */
function recordOf(entry: Entry): Schema {
  const id = { type: 'string', const: entry.key }
  return narrowed('SourceRecord', { id, source: { type: 'string', const: entry.source.id }, data: dataOf(entry) })
}

/** A component whose members are these in particular. */
function narrowed(component: string, properties: Record<string, Schema>): Schema {
  return { allOf: [ref(component), { type: 'object', required: Object.keys(properties), properties }] }
}

/** The response of a view with a shape: the result of its expressions. */
export function shapedResponse(shape: Shape, entries: readonly Entry[]): Schema {
  const description = "What the view's shape makes of the data of its sources."
  // a source that was not asked is null, too
  const data = exact(Object.fromEntries(entries.map((entry) => [entry.key, dataOf(entry)])))
  const schema = { description, ...shapeSchema(shape, data, lookupIn(entries)) }
  const whole = response(
    schema,
    examplesOf(entries, (sample) => shapedSample(shape, sample)),
  )
  return { ...whole, headers: { ...(whole.headers as Schema), ETag: headerRef('ETag') } }
}

/** Finds the schemas of the data of these entries in the document. */
function lookupIn(entries: readonly Entry[]): Lookup {
  const components = entries.map(({ source: { id, facts } }) =>
    facts.schema === null ? {} : dataComponents(dataName(id), facts.schema),
  )
  const document = { components: { schemas: Object.assign({}, ...components) } }
  return (reference) => valueAt(document, reference)
}

/** What the shape makes of a sample. Parts that may take long are null, as they are where they fail. */
function shapedSample(shape: Shape, sample: object): unknown {
  const { bounded } = partsOf(shape)
  const quick = areQuick(bounded, [Buffer.from(JSON.stringify(sample))]) ? bounded : []
  const text = Buffer.concat(joinParts(shape, evaluate(quick, sample, JSON.stringify))).toString()
  return text === '' ? null : JSON.parse(text)
}

/** The response of a view that is not streamed and not cached, and always asks all its sources. */
export function wholeResponse(entries: readonly Entry[], shape: Shape | null): Schema {
  if (shape !== null) return shapedResponse(shape, entries)
  const data = exact(Object.fromEntries(entries.map((entry) => [entry.key, dataOf(entry)])), {}, KEYS)
  return response(data, examplesOf(entries))
}

/** The response of a batch: the keys of `data` are the ids of its requests. */
export function batchResponse(entries: readonly Entry[]): Schema {
  const description = 'One key for each request: its `id`, else its source.'
  return response({ type: 'object', description, additionalProperties: {} }, examplesOf(entries))
}

function response(data: Schema, examples: Schema): Schema {
  const schema = exact({
    data,
    failedSources: {
      type: 'array',
      items: ref('FailedSource'),
      description: 'The sources that failed, or whose data had to be substituted.',
    },
    partial: { type: 'boolean', description: 'Whether a source that was asked failed.' },
    meta: ref('Meta'),
  })
  const headers = {
    'X-Request-Id': headerRef('RequestId'),
    'Cache-Control': headerRef('CacheControl'),
    ...sourceHeaders(true),
  }
  const description = 'What has arrived by the deadline. It is complete, or partial with the reason for each failure.'
  return { description, headers, content: { 'application/json': { schema, examples } } }
}

/** Further responses of a GET. */
export const GET_RESPONSES: Schema = {
  204: { description: 'The answer to Last-Event-ID: done, so that an EventSource stops.', headers: emptyHeaders() },
  304: {
    description: '`data` is what If-None-Match names.',
    headers: {
      ...emptyHeaders(),
      'Cache-Control': headerRef('CacheControl'),
      ETag: headerRef('ETag'),
      ...sourceHeaders(true),
    },
  },
}

function emptyHeaders(): Schema {
  return { 'X-Request-Id': headerRef('RequestId'), 'Preference-Applied': headerRef('PreferenceApplied') }
}

/** The schema of a source's data: its `schema`, or any value if it has none. */
function dataOf({ source }: Entry): Schema {
  const description = source.facts.description ?? `The answer of ${source.id}.`
  const { schema, forEach, fallback } = source.facts
  const one = schema === null ? {} : { anyOf: [ref(dataName(source.id)), { type: 'null' }] }
  const other = fallback === null ? [] : [{ const: fallback.value }]
  if (forEach === null) return { description, ...(one.anyOf ? { anyOf: [...one.anyOf, ...other] } : {}) }
  const list = forEach.from ?? source.clientNameOf(String(forEach.param))
  const anyOf = [{ type: 'array', items: one }, { type: 'null' }, ...other]
  return {
    description: `${description.replace(/[.\s]*$/, '.')} One element for each item of ${list}.`,
    anyOf,
  }
}

/** The component that holds the schema of a source's data. */
export function dataName(source: string): string {
  return `${source}Data`
}

function examplesOf(entries: readonly Entry[], shaped: (sample: object) => unknown = (sample) => sample): Schema {
  const sample = Object.fromEntries(entries.map((entry) => [entry.key, sampleOf(entry)]))
  const complete = { data: shaped(sample), failedSources: [], partial: false, meta: META }
  const failing = likeliest(entries)
  if (failing === undefined) return { complete: { summary: 'Complete', value: complete } }
  const partial = {
    data: shaped({ ...sample, [failing.key]: null }),
    failedSources: [failureExample('http_response_timeout', failing)],
    partial: true,
    meta: { ...META, durationMs: failing.source.facts.timeoutMs + 1.5 },
  }
  return {
    complete: { summary: 'Complete', value: complete },
    partial: { summary: `Partial: ${failing.key} failed`, value: partial },
  }
}

/** The optional entry with the shortest timeout, the likeliest to fail. Undefined if there is only one entry. */
function likeliest(entries: readonly Entry[]): Entry | undefined {
  if (entries.length < 2) return undefined
  const optional = entries.filter(({ required }) => !required)
  return optional.sort((a, b) => a.source.facts.timeoutMs - b.source.facts.timeoutMs)[0]
}

/** An example of the data: that of the schema, else a placeholder. */
function sampleOf({ source }: Entry): unknown {
  const { schema, forEach } = source.facts
  const { examples } = (schema ?? {}) as { readonly examples?: readonly unknown[] }
  const said = Array.isArray(examples) && examples.length > 0 ? examples[0] : null
  const one = schema === null ? { example: `the answer of ${source.id}` } : said
  return forEach === null ? one : [one]
}
