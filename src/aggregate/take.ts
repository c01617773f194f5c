import type { Call } from '../core/call.ts'
import { type Failure, failure } from '../core/failure.ts'
import { cutShort } from '../core/outcome.ts'
import type { Expression } from '../json/jmespath.ts'
import { LongNumber } from '../json/long-number.ts'
import { bodyValue } from '../json/values.ts'
import { weighsAtMost } from '../json/weight.ts'
import { copyOf, type Done, type Workers } from '../source/work.ts'
import { type Needed, useless } from './needed.ts'

/**
 * The part of a source's data that is sent to another source: a scalar, or the first items of a list. Nested lists and
 * objects cannot be sent; empty ones replace them, which is enough for the error message.
 */
export interface Part {
  readonly value: unknown
  /** Number of items in the list before the limit; 0 for a scalar. */
  readonly total: number
}

/** Task for a worker thread: take a part. */
export interface TakeTask {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** JMESPath; null for all of the data. */
  readonly select: string | null
  /** Maximum number of items of a list. */
  readonly limit: number
}

/** Result of a TakeTask, with a part of `sentPart`. */
export type TakeResult = { readonly part: Part } | { readonly error: string }

/** Options of `take`. */
export interface Taking {
  readonly select: Expression | null
  readonly limit: number
  readonly workers: Workers
}

/** Larger data, in bytes, is processed in a worker thread. */
const MOST_BYTES = 64 * 1024
/** Maximum weight (weight.ts) on the event loop without an expression: 20,000 times `[` is parsed in 1 ms. */
const MOST_WEIGHT = 20_000

/**
 * Takes the part of a source's data that an expression selects, for the source of `call`. Returns a failure if that is
 * not possible.
 */
export async function take(call: Call, needed: Needed, taking: Taking): Promise<Part | Failure> {
  const { body } = needed.outcome
  const { select, limit } = taking
  if (body !== null && !(body.length <= MOST_BYTES && weighsAtMost(select?.maxWeight ?? MOST_WEIGHT, [body])))
    return takeApart(call, needed, body, taking)
  try {
    return partOf(bodyValue(body), select, limit)
  } catch (error) {
    return notTaken(call, needed, (error as Error).message)
  }
}

/** Evaluates an expression on a value. Throws if the expression fails. */
export function partOf(value: unknown, select: Expression | null, limit: number): Part {
  const selected = select === null ? value : select(value)
  if (!Array.isArray(selected)) return { value: scalar(selected), total: 0 }
  return { value: selected.slice(0, limit).map(scalar), total: selected.length }
}

/** The part in a form that can be cloned: a long number is an object with its digits. */
export function sentPart({ value, total }: Part): Part {
  const sent = (item: unknown): unknown => (item instanceof LongNumber ? { digits: item.toString() } : item)
  return { value: Array.isArray(value) ? value.map(sent) : sent(value), total }
}

function receivedPart({ value, total }: Part): Part {
  const received = (item: unknown): unknown =>
    typeof item === 'object' && item !== null && 'digits' in item ? new LongNumber(String(item.digits)) : item
  return { value: Array.isArray(value) ? value.map(received) : received(value), total }
}

function scalar(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'object' || value === null || value instanceof LongNumber) return value
  return Array.isArray(value) ? [] : {}
}

async function takeApart(
  call: Call,
  needed: Needed,
  body: Buffer,
  { select, limit, workers }: Taking,
): Promise<Part | Failure> {
  const message = () => {
    const task: TakeTask = { bytes: copyOf(body), select: select?.text ?? null, limit }
    return { task, transfer: [task.bytes.buffer] }
  }
  const done = await workers.run<TakeResult>({ name: 'take', owner: call.source, message }, call.cancel)
  return takenOf(call, needed, done)
}

function takenOf(call: Call, needed: Needed, done: Done<TakeResult>): Part | Failure {
  if ('cut' in done) return cutShort(call, done.cut).failure as Failure
  if ('result' in done)
    return 'part' in done.result ? receivedPart(done.result.part) : notTaken(call, needed, done.result.error)
  if (done.lost === 'memory') return notTaken(call, needed, 'it took more memory than a worker thread may have')
  return failure('connection_limit_reached', `too many expressions wait to be evaluated before those of ${call.source}`)
}

function notTaken({ source }: Call, needed: Needed, detail: string): Failure {
  return { ...useless(source, needed.source, 'the value could not be taken from its data'), detail }
}
