import { quoteName, thereIsNo } from '../core/known-names.ts'
import { MAX_BATCH_REQUESTS } from '../core/limits.ts'
import { MAX_ERRORS, type RequestError, UNREAD } from '../http/problem.ts'
import type { Source } from '../source/source.ts'
import { checkSize, entryOf, type Menu, menuOf, refusalOf, type Wanted, withNeeds } from './menu.ts'
import { type Asked, clientNames, type Given as GivenParams, readParams, takes } from './params.ts'
import { isReserved, type Query } from './settings.ts'
import { isIgnorable, type UnknownQuery } from './unknown-query.ts'

/** One request of a batch. It has passed the schema of the body. */
export interface BatchRequest {
  readonly id?: string
  readonly source: string
  readonly params?: Readonly<Record<string, unknown>>
}

/** The body of `POST /aggregate`. */
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
          params: { type: 'object', description: "The source's parameters, by name", additionalProperties: true },
        },
      },
    },
  },
} as const

/**
 * Rejects query keys other than those that configure the whole answer: the parameters of a batch are in its body. With
 * `ignore`, keys that have nothing to do with the batch are dropped.
 */
export function checkBatchQuery(
  query: Query,
  asked: readonly Wanted[],
  unknownQuery: UnknownQuery,
  errors: RequestError[],
): void {
  const isDropped = (key: string) =>
    unknownQuery === 'ignore' && !asked.some((one) => takes(one, key)) && isIgnorable(key, asked)
  for (const key of Object.keys(query)) {
    if (key !== 'sources' && (isReserved(key) || isDropped(key))) continue
    errors.push({ path: key, message: `${quoteName(key)} cannot stand in the query of a POST; put it into the body.` })
  }
}

/** Reads a batch: the sources that each request asks for, and their dependencies. All errors are added to `errors`. */
export function readBatch(
  sources: ReadonlyMap<string, Source>,
  batch: Batch,
  errors: RequestError[],
): readonly Asked[] {
  const visible = [...sources.values()].filter((source) => source.isVisible).map(({ id }) => id)
  const menu = menuOf([], sources)
  const seen = new Set<string>()
  const asked: Asked[] = []
  for (const [index, request] of batch.requests.entries()) {
    const path = `requests[${index}]`
    const key = request.id ?? request.source
    if (seen.has(key))
      errors.push({ path: `${path}.id`, message: `"${key}" is the id of another request already; give each its own.` })
    seen.add(key)
    const source = sources.get(request.source)
    if (source === undefined || !source.isVisible) {
      errors.push({ path: `${path}.source`, message: notAsked(request.source, sources, visible) })
      continue
    }
    asked.push(...readRequest(source, { ...request, id: key, path, menu, before: asked.length }, errors))
  }
  checkSize(asked, 'requests', errors)
  return asked
}

function notAsked(id: string, sources: ReadonlyMap<string, Source>, visible: readonly string[]): string {
  const source = sources.get(id)
  return source === undefined || source.facts.hidden ? thereIsNo('source', id, visible) : refusalOf(source)
}

interface Reading {
  readonly id: string
  readonly params?: Given
  readonly path: string
  /** The sources under their own names, for dependencies. */
  readonly menu: Menu
  /** Number of entries before this request; offset of the indexes of its dependencies. */
  readonly before: number
}

/**
 * Reads one request. Each request has its own entries for its dependencies, because their parameters can differ.
 * Identical calls are still made only once.
 */
function readRequest(source: Source, reading: Reading, errors: RequestError[]): readonly Asked[] {
  const { id, params = {}, path, menu, before } = reading
  const wanted = withNeeds([entryOf(source)], menu)
  const errorPath = `${path}.params.`
  for (const name of Object.keys(params)) {
    if (!wanted.some((one) => takes(one, name)))
      errors.push({ path: errorPath + name, message: errors.length < MAX_ERRORS ? undeclared(name, wanted) : UNREAD })
  }
  return readParams(wanted, givenIn(params, errorPath), errors).map((one) => ({
    ...one,
    entry: one.shown ? { ...one.entry, key: id } : one.entry,
    needs: one.needs.map((need) => need + before),
  }))
}

function givenIn(params: Given, path: string): GivenParams {
  return {
    path,
    read: (name, parameter) => (Object.hasOwn(params, name) ? parameter.fromJson(params[name]) : undefined),
    about: ({ entry, shown }) => (shown ? '' : ` (for ${entry.key})`),
    remedy: ({ entry, shown, askedFor }) => (shown ? 'give it' : `give it, since ${askedFor} needs ${entry.key}`),
  }
}

function undeclared(name: string, wanted: readonly Wanted[]): string {
  return thereIsNo('parameter', name, clientNames(wanted))
}

type Given = Readonly<Record<string, unknown>>
