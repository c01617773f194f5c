import { closest } from 'fastest-levenshtein'
import { MAX_BATCH_REQUESTS } from '../limits.ts'
import type { RequestError } from '../problem.ts'
import type { Parameter } from '../source/parameter.ts'
import type { Source } from '../source/source.ts'
import type { TemplateValue } from '../source/template.ts'
import { type Asked, entryOf } from './entry.ts'
import { isReserved, type Query } from './settings.ts'

/** One request of a batch, as the body's schema lets it through. */
export interface BatchRequest {
  readonly id?: string
  readonly source: string
  readonly params?: Readonly<Record<string, unknown>>
}

export interface Batch {
  readonly requests: readonly BatchRequest[]
}

/** JSON Schema of the body of `POST /aggregate`. */
export const BATCH_SCHEMA = {
  type: 'object',
  required: ['requests'],
  additionalProperties: false,
  properties: {
    requests: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_BATCH_REQUESTS,
      items: {
        type: 'object',
        required: ['source'],
        additionalProperties: false,
        properties: {
          id: {
            type: 'string',
            pattern: '^[A-Za-z0-9_-]{1,64}$',
            description: 'The key in `data`; the source by default',
          },
          source: { type: 'string', description: 'The source asked' },
          params: { type: 'object', description: "The source's parameters, by name" },
        },
      },
    },
  },
} as const

/** A batch has its parameters in its body; its query is for the answer as a whole. */
export function checkBatchQuery(query: Query, errors: RequestError[]): void {
  for (const key of Object.keys(query)) {
    if (key === 'sources' || !isReserved(key))
      errors.push({ path: key, message: 'cannot be given in the query of a POST; put it in the body' })
  }
}

/** Reads a batch: what each of its requests asks. What is wrong is added to `errors`, all of it. */
export function readBatch(
  sources: ReadonlyMap<string, Source>,
  batch: Batch,
  errors: RequestError[],
): readonly Asked[] {
  const seen = new Set<string>()
  return batch.requests.flatMap((request, index) => {
    const path = `requests[${index}]`
    const key = request.id ?? request.source
    if (seen.has(key))
      errors.push({ path: `${path}.id`, message: `"${key}" names another request already; give each its own id` })
    seen.add(key)
    const source = sources.get(request.source)
    if (source === undefined || source.facts.hidden) {
      errors.push({ path: `${path}.source`, message: unknown(request.source, sources) })
      return []
    }
    const errorPath = `${path}.params.`
    const params = readParams(source, request.params ?? {}, errorPath, errors)
    return [{ entry: { ...entryOf(source), key }, params, errorPath }]
  })
}

function unknown(id: string, sources: ReadonlyMap<string, Source>): string {
  const visible = [...sources.values()].filter((source) => !source.facts.hidden).map((source) => source.id)
  return `there is no source "${id}"; is "${closest(id, visible)}" meant?`
}

type Given = Readonly<Record<string, unknown>>

function readParams(source: Source, given: Given, path: string, errors: RequestError[]): Asked['params'] {
  for (const name of Object.keys(given)) {
    if (!source.parameters.has(name)) errors.push({ path: path + name, message: `is no parameter of ${source.id}` })
  }
  const params: Record<string, TemplateValue | undefined> = Object.create(null)
  for (const parameter of source.parameters.values()) {
    params[parameter.name] = readParam(parameter, given, path, errors)
  }
  return params
}

function readParam(
  parameter: Parameter,
  given: Given,
  path: string,
  errors: RequestError[],
): TemplateValue | undefined {
  const { name } = parameter
  if (!Object.hasOwn(given, name)) {
    if (parameter.required && parameter.default === undefined) errors.push({ path: path + name, message: 'is missing' })
    return parameter.default
  }
  const read = parameter.fromJson(given[name])
  if ('value' in read) return read.value
  errors.push(...read.problems.map((message) => ({ path: path + name, message })))
  return undefined
}
