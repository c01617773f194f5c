import { type Call, type Effort, newRecord } from '../core/call.ts'
import { cutShort, failed, type Outcome } from '../core/outcome.ts'
import type { ForEach } from '../source/options.ts'
import type { BoundValues } from '../source/request.ts'
import type { Asking } from '../source/source.ts'
import type { TemplateValue } from '../source/template.ts'
import { type Dependant, neededFrom, prepareBound } from './bind.ts'
import { joinItems } from './items.ts'
import { type Needed, scalarProblem, useless } from './needed.ts'
import { take } from './take.ts'

export interface Looping {
  readonly forEach: ForEach
  readonly needed: readonly Needed[]
  /** What else the source takes from others. */
  readonly bound: BoundValues
  readonly asking: Asking
}

/**
 * One call for each item of a list in another source's data, so many at once, and in their order. Each passes the source's
 * own policies; what the answer's deadline cuts off is a failed item like others.
 */
export async function callEach(dependant: Dependant, call: Call, looping: Looping): Promise<Outcome> {
  const { source } = dependant.asked.entry
  const { forEach, needed } = looping
  const { select, limit } = forEach
  const list = await take(call, neededFrom(needed, forEach.from), { select, limit, workers: source.workers })
  if ('code' in list) return failed(list)
  if (!Array.isArray(list.value)) return failed(useless(source.id, forEach.from, 'the selected value is not a list'))
  // equal items share a call, which is counted once
  const efforts = new Set<Effort>()
  const items = await inTurns(list.value, forEach.concurrency, (item) =>
    callItem(dependant, call, looping, item, efforts),
  )
  addUp(call.record.effort, efforts)
  return joinItems(call, items, list.total)
}

function addUp(effort: Effort, efforts: Iterable<Effort>): void {
  for (const { attempts, bytes, hedged } of efforts) {
    effort.attempts += attempts
    effort.bytes += bytes
    effort.hedged ||= hedged
  }
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
  // the next item would most likely be dropped too
  const { allowance } = call.context
  if (allowance.isFull) return failed(allowance.fullFailure(source.id))
  const problem = scalarProblem(item)
  if (problem !== null) return failed(useless(source.id, forEach.from, `an item ${problem}`))
  const request = prepareBound(dependant, { ...bound, [forEach.as]: item as TemplateValue })
  if ('failure' in request) return failed(request.failure)
  // a record of its own, which a call that shares another one's attempts shares too
  const record = newRecord()
  const outcome = await asking.item({ ...call, request, record })
  efforts.add(record.effort)
  return outcome
}

/** Runs at most so many at once; results in the order of the items. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  run: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const left = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await run(item)
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker))
  return results
}
