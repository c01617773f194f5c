import { type Call, type Effort, newRecord } from '../core/call.ts'
import { cutShort, failed, type Outcome } from '../core/outcome.ts'
import type { ForEach } from '../source/options.ts'
import { type BoundValues, IDEMPOTENCY_KEY } from '../source/request.ts'
import type { Asking } from '../source/source.ts'
import { type Dependant, neededFrom, prepareBound } from './bind.ts'
import { joinItems } from './items.ts'
import { type Needed, scalarProblem, useless } from './needed.ts'
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
 * Makes one call per item of a list, in order and with limited concurrency. Each call passes the policies of the
 * source. Calls that the deadline of the answer cuts off are failed items.
 */
export async function callEach(dependant: Dependant, call: Call, looping: Looping): Promise<Outcome> {
  const { source } = dependant.asked.entry
  const { forEach, needed } = looping
  const { select, limit } = forEach
  const list = await take(call, neededFrom(needed, forEach.from), { select, limit, workers: source.workers })
  if ('code' in list) return failed(list)
  if (!Array.isArray(list.value)) return failed(useless(source.id, forEach.from, 'the selected value is not a list'))
  // equal items share one call; count its effort once
  const efforts = new Set<Effort>()
  const items = await inTurns(list.value, forEach.concurrency, (item, index) =>
    callItem(withItemKey(dependant, index), call, looping, item, efforts),
  )
  addUp(call.record.effort, efforts)
  return joinItems(call, items, list.total)
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
  if (problem !== null) return failed(useless(source.id, forEach.from, `an item ${problem}`))
  const request = prepareBound(dependant, { ...bound, [forEach.as]: item as BoundValues[string] })
  if ('failure' in request) return failed(request.failure)
  // each item needs its own record: coalesce replaces `effort` in it
  const record = newRecord()
  const outcome = await asking.item({ ...call, request, record })
  efforts.add(record.effort)
  return outcome
}

/** Runs at most `concurrency` at once. The results have the order of the items. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  run: (item: Item, index: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const left = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await run(item, index)
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker))
  return results
}
