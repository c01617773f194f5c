import { type Call, type Effort, newRecord } from '../core/call.ts'
import { cutShort, failed, type Outcome } from '../core/outcome.ts'
import type { ForEach } from '../source/options.ts'
import { type BoundValues, IDEMPOTENCY_KEY } from '../source/request.ts'
import type { Asking } from '../source/source.ts'
import type { TemplateValue } from '../source/template.ts'
import { callInBatches } from './batches.ts'
import { type Dependant, neededFrom, prepareBound } from './bind.ts'
import { givenItems } from './given-items.ts'
import { inTurns } from './in-turns.ts'
import { joinItems } from './items.ts'
import { type Needed, NOTHING_ASKED, scalarProblem, useless } from './needed.ts'
import { take } from './take.ts'

/** Input of `callEach`. */
export interface Looping {
  readonly forEach: ForEach
  readonly needed: readonly Needed[]
  /** Values of `bind`. */
  readonly bound: BoundValues
  readonly asking: Asking
}

/**
 * Makes one call per item of a list, or per batch of items, in order and with limited concurrency. Each call passes the
 * policies of the source. Calls that the deadline of the answer cuts off are failed items. Without a list of the client,
 * the source is empty.
 */
export async function callEach(dependant: Dependant, call: Call, looping: Looping): Promise<Outcome> {
  const list = await itemsOf(dependant, call, looping)
  if (list === null) return NOTHING_ASKED
  if ('body' in list) return list
  // equal items share one call; count its effort once
  const efforts = new Set<Effort>()
  const { forEach } = looping
  const items =
    forEach.batch === null
      ? await inTurns(list.items, forEach.concurrency, (item, index) =>
          callItem(withItemKey(dependant, index), call, looping, item, efforts),
        )
      : await callInBatches(dependant, call, { ...looping, batch: forEach.batch, items: list.items, efforts })
  addUp(call.record.effort, efforts)
  return joinItems(call, items, list.total)
}

interface List {
  readonly items: readonly unknown[]
  /** Their number before the limit. */
  readonly total: number
}

/** The items; null for a client's list that is absent; an outcome if they cannot be had. */
async function itemsOf(dependant: Dependant, call: Call, looping: Looping): Promise<List | Outcome | null> {
  const { forEach } = looping
  if (forEach.param !== null) {
    const given = givenItems(dependant.asked, forEach.param)
    return given === null ? null : { items: given, total: given.length }
  }
  const { id } = dependant.asked.entry.source
  const part = await takeList(dependant, call, looping)
  if ('code' in part) return failed(part)
  if (!Array.isArray(part.value)) return failed(useless(id, forEach.from ?? '', 'the selected value is not a list'))
  return { items: part.value, total: part.total }
}

function takeList(dependant: Dependant, call: Call, { forEach, needed }: Looping): ReturnType<typeof take> {
  const { workers } = dependant.asked.entry.source
  const { from, select, limit } = forEach
  return take(call, neededFrom(needed, from ?? ''), { select, limit, isWhole: false, workers })
}

function addUp(effort: Effort, efforts: Iterable<Effort>): void {
  for (const { attempts, sent, bytes, hedged } of efforts) {
    effort.attempts += attempts
    effort.sent += sent
    effort.bytes += bytes
    effort.hedged ||= hedged
  }
}

/** Each item is a request of its own, so that it needs an Idempotency-Key of its own. */
function withItemKey(dependant: Dependant, index: number): Dependant {
  const { client, asked } = dependant
  const key = client.headers[IDEMPOTENCY_KEY]
  if (key === undefined || key === '' || !asked.entry.source.forwardHeaders.includes(IDEMPOTENCY_KEY)) return dependant
  return { ...dependant, client: { ...client, headers: { ...client.headers, [IDEMPOTENCY_KEY]: `${key}-${index}` } } }
}

async function callItem(
  dependant: Dependant,
  call: Call,
  { forEach, bound, asking }: Looping,
  item: unknown,
  efforts: Set<Effort>,
): Promise<Outcome> {
  if (call.cancel.reason !== null) return cutShort(call, call.cancel.reason)
  const { source } = dependant.asked.entry
  // the data of the next item would most likely be dropped too
  const { allowance } = call.context
  if (allowance.isFull) return failed(allowance.fullFailure(source.id))
  const problem = scalarProblem(item)
  if (problem !== null) return failed(useless(source.id, forEach.from ?? source.id, `an item ${problem}`))
  const request = prepareBound(dependant, { ...bound, [forEach.as]: item as TemplateValue })
  if ('failure' in request) return failed(request.failure)
  // each item needs its own record: coalesce replaces `effort` in it
  const record = newRecord()
  const outcome = await asking.item({ ...call, request, record })
  efforts.add(record.effort)
  return outcome
}
