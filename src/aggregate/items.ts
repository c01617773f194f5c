import type { Call } from '../core/call.ts'
import type { FailedItem, Failure } from '../core/failure.ts'
import type { Origin, Outcome } from '../core/outcome.ts'

const NULL = Buffer.from('null')

/**
 * Combines the outcomes of items into one list outcome: a JSON array, with null for items that failed or are empty. The
 * list has no body only if all items failed. `total` is the number of items before the limit.
 */
export function joinItems(call: Call, items: readonly Outcome[], total: number): Outcome {
  const failedItems = items.flatMap((item, index) => failedItem(item, index))
  const list = { total, kept: items.length, failed: failedItems.length }
  const from = originOf(items)
  const common = {
    upstreamStatus: items.find(({ upstreamStatus }) => upstreamStatus !== null)?.upstreamStatus ?? null,
    from,
    ageMs: Math.max(0, ...items.map(({ ageMs }) => ageMs)),
    freshForMs: freshForMsOf(items),
    attemptMs: 0,
    list,
  }
  const failure = failureOf(call, items, failedItems)
  const lost = items.length > 0 && failedItems.length === items.length
  return { ...common, body: lost ? null : spliced(items), failure }
}

function failedItem({ body, failure }: Outcome, index: number): FailedItem[] {
  if (failure === null || body !== null) return []
  const { code, upstreamStatus, details } = failure
  return [{ index, code, upstreamStatus, ...(details === undefined ? {} : { details }) }]
}

/** The failure of the first failed item; else that of the first substituted item. */
function failureOf(call: Call, items: readonly Outcome[], failedItems: readonly FailedItem[]): Failure | null {
  const [first] = failedItems
  if (first === undefined) return items.find(({ failure }) => failure !== null)?.failure ?? null
  // each item has its own details
  const { details: _, ...reason } = (items[first.index] as Outcome).failure as Failure
  const message = `${failedItems.length} of ${items.length} calls to ${call.source} failed; the first: ${reason.message}`
  const mayBeCarriedOut = items.some(({ failure }) => failure?.mayBeCarriedOut === true)
  return { ...reason, message, items: failedItems, ...(mayBeCarriedOut ? { mayBeCarriedOut } : {}) }
}

/** The shortest freshness of the items. An empty list does not limit the freshness. */
function freshForMsOf(items: readonly Outcome[]): number | null {
  const times = items.map(({ freshForMs }) => freshForMs)
  const known = times.filter((time) => time !== null)
  return known.length < times.length ? null : Math.min(Number.POSITIVE_INFINITY, ...known)
}

/** The worst origin of the items: a list with one stale item is stale. */
function originOf(items: readonly Outcome[]): Origin {
  const origins = new Set(items.map(({ from }) => from))
  if (origins.has('stale')) return 'stale'
  return origins.size === 1 && origins.has('cache') ? 'cache' : 'live'
}

function spliced(items: readonly Outcome[]): Buffer {
  const parts: Buffer[] = []
  for (const [index, { body }] of items.entries()) parts.push(Buffer.from(index === 0 ? '[' : ','), body ?? NULL)
  parts.push(Buffer.from(items.length === 0 ? '[]' : ']'))
  return Buffer.concat(parts)
}
