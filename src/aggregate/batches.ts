import { type Call, type Effort, newRecord } from '../core/call.ts'
import { failure } from '../core/failure.ts'
import { cutShort, failed, live, type Outcome } from '../core/outcome.ts'
import { scalarKey } from '../json/scalar-key.ts'
import type { ForEach, ForEachBatch } from '../source/options.ts'
import type { BoundValues } from '../source/request.ts'
import type { Asking } from '../source/source.ts'
import type { TemplateValue } from '../source/template.ts'
import { type Dependant, prepareBound } from './bind.ts'
import { inTurns } from './in-turns.ts'
import { match } from './match.ts'
import { scalarProblem, useless } from './needed.ts'

/** Calls for several items at a time (`forEach.batch`). */

/** Input of `callInBatches`. */
export interface Batching {
  readonly forEach: ForEach
  readonly batch: ForEachBatch
  readonly items: readonly unknown[]
  /** Values of `bind`. */
  readonly bound: BoundValues
  readonly asking: Asking
  /** Receives the effort of each call. */
  readonly efforts: Set<Effort>
}

type Key = string | boolean
/** Distinct items of one call, by their keys. */
type Chunk = ReadonlyMap<Key, TemplateValue>

const NULL = Buffer.from('null')
/** An item that is null is asked for by nobody, and is no failure. It does not limit the freshness of the list. */
const NO_ITEM: Outcome = { ...live(NULL, 0), upstreamStatus: null, freshForMs: Number.POSITIVE_INFINITY }

/** Calls the source with up to `batch.size` distinct items at a time. Returns the outcome of each item, in order. */
export async function callInBatches(dependant: Dependant, call: Call, batching: Batching): Promise<readonly Outcome[]> {
  const { items, batch, forEach } = batching
  const made = await inTurns(chunksOf(items, batch.size), forEach.concurrency, (chunk) =>
    callChunk(dependant, call, batching, chunk),
  )
  const outcomes = new Map(made.flatMap((chunk) => [...chunk]))
  const { id } = dependant.asked.entry.source
  return items.map((item) => {
    const key = scalarKey(item)
    if (key !== null) return outcomes.get(key) as Outcome
    return item === null || item === undefined
      ? NO_ITEM
      : failed(useless(id, forEach.from ?? id, `an item ${scalarProblem(item)}`))
  })
}

/** Splits the items, without those that are no scalars. Items that are equal by `scalarKey` are asked for once. */
export function chunksOf(items: readonly unknown[], size: number): readonly Chunk[] {
  const distinct = new Map<Key, TemplateValue>()
  for (const item of items) {
    const key = scalarKey(item)
    if (key !== null && !distinct.has(key)) distinct.set(key, item as TemplateValue)
  }
  const entries = [...distinct]
  const count = Math.ceil(entries.length / size)
  return Array.from({ length: count }, (_, at) => new Map(entries.slice(at * size, (at + 1) * size)))
}

async function callChunk(
  dependant: Dependant,
  call: Call,
  batching: Batching,
  chunk: Chunk,
): Promise<ReadonlyMap<Key, Outcome>> {
  const all = (outcome: Outcome) => new Map([...chunk.keys()].map((key) => [key, outcome]))
  const outcome = await outcomeOf(dependant, call, batching, chunk)
  if (outcome.body === null) return all(outcome.failure === null ? { ...outcome, body: NULL } : outcome)
  const keys = [...chunk.keys()]
  const { workers } = dependant.asked.entry.source
  const result = await match(call, outcome.body, { key: batching.batch.key, wanted: keys, workers })
  if ('failure' in result) return all(failed(result.failure))
  if (result.matched === null) return all(failed(noList(call.source)))
  return new Map(keys.map((key, at) => [key, { ...outcome, body: bodyOf(result.matched?.[at]) }]))
}

function bodyOf(json: string | null | undefined): Buffer {
  return json === null || json === undefined ? NULL : Buffer.from(json)
}

function noList(source: string) {
  return failure('select_failed', `the data of ${source} is no list, so that its elements cannot be matched to items`)
}

async function outcomeOf(
  dependant: Dependant,
  call: Call,
  { forEach, bound, asking, efforts }: Batching,
  chunk: Chunk,
): Promise<Outcome> {
  if (call.cancel.reason !== null) return cutShort(call, call.cancel.reason)
  const { source } = dependant.asked.entry
  const { allowance } = call.context
  // the data of the next call would most likely be dropped too
  if (allowance.isFull) return failed(allowance.fullFailure(source.id))
  const request = prepareBound(dependant, { ...bound, [forEach.as]: [...chunk.values()] })
  if ('failure' in request) return failed(request.failure)
  // each call needs its own record: coalesce replaces `effort` in it
  const record = newRecord()
  const outcome = await asking.item({ ...call, request, record })
  efforts.add(record.effort)
  return outcome
}
