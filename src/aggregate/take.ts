import type { Call } from '../core/call.ts'
import { type Failure, failure } from '../core/failure.ts'
import { cutShort } from '../core/outcome.ts'
import type { Expression } from '../json/jmespath.ts'
import { LongNumber } from '../json/long-number.ts'
import { parseJson } from '../json/parse.ts'
import { bodyValue } from '../json/values.ts'
import { weighsAtMost } from '../json/weight.ts'
import { copyOf, type Done, type Workers } from '../source/work.ts'
import { type Needed, useless } from './needed.ts'

/**
 * The part of a source's data that is sent to another source: a scalar, the first items of a list, or any value in a JSON
 * body. Where nested lists and objects cannot be sent, empty ones replace them, which is enough for the error message.
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
  /** Whether nested lists and objects are kept. */
  readonly isWhole: boolean
}

/** Result of a TakeTask: the value as JSON text, which keeps the digits of long numbers. */
export type TakeResult = { readonly json: string; readonly total: number } | { readonly error: string }

/** Options of `take`. */
export interface Taking {
  readonly select: Expression | null
  /** Maximum number of items of a list. */
  readonly limit: number
  /** Whether nested lists and objects are kept, because they can be sent: in a JSON body. */
  readonly isWhole: boolean
  readonly workers: Workers
}

/** Larger data, in bytes, is processed in a worker thread. */
export const MOST_BYTES = 64 * 1024
/** Maximum weight (weight.ts) on the event loop without an expression: 20,000 times `[` is parsed in 1 ms. */
const MOST_WEIGHT = 20_000

/**
 * Takes the part of a source's data that an expression selects, for the source of `call`. Returns a failure if that is
 * not possible.
 */
export async function take(call: Call, needed: Needed, taking: Taking): Promise<Part | Failure> {
  const { body } = needed.outcome
  const { select } = taking
  if (body !== null && !(body.length <= MOST_BYTES && weighsAtMost(select?.maxWeight ?? MOST_WEIGHT, [body])))
    return takeApart(call, needed, body, taking)
  try {
    return partOf(bodyValue(body), select, taking)
  } catch (error) {
    return notTaken(call, needed, (error as Error).message)
  }
}

/** Evaluates an expression on a value. Throws if the expression fails. */
export function partOf(
  value: unknown,
  select: Expression | null,
  { limit, isWhole }: Pick<Taking, 'limit' | 'isWhole'>,
): Part {
  const selected = select === null ? value : select(value)
  const kept = isWhole ? (item: unknown) => item : scalar
  if (!Array.isArray(selected)) return { value: kept(selected), total: 0 }
  return { value: selected.slice(0, limit).map(kept), total: selected.length }
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
  { select, limit, isWhole, workers }: Taking,
): Promise<Part | Failure> {
  const message = () => {
    const task: TakeTask = { bytes: copyOf(body), select: select?.text ?? null, limit, isWhole }
    return { task, transfer: [task.bytes.buffer] }
  }
  const done = await workers.run<TakeResult>({ name: 'take', owner: call.source, message }, call.cancel)
  return takenOf(call, needed, done)
}

function takenOf(call: Call, needed: Needed, done: Done<TakeResult>): Part | Failure {
  if ('cut' in done) return cutShort(call, done.cut).failure as Failure
  if ('result' in done) return 'json' in done.result ? partIn(done.result) : notTaken(call, needed, done.result.error)
  if (done.lost === 'memory') return notTaken(call, needed, 'it took more memory than a worker thread may have')
  return failure('connection_limit_reached', `too many expressions wait to be evaluated before those of ${call.source}`)
}

function partIn({ json, total }: { readonly json: string; readonly total: number }): Part {
  return { value: parseJson(Buffer.from(json)), total }
}

function notTaken({ source }: Call, needed: Needed, detail: string): Failure {
  return { ...useless(source, needed.source, 'the value could not be taken from its data'), detail }
}
