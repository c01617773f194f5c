import type { Call } from '../core/call.ts'
import { type Failure, failure } from '../core/failure.ts'
import { cutShort } from '../core/outcome.ts'
import type { Expression } from '../json/jmespath.ts'
import { bodyValue } from '../json/values.ts'
import { weighsAtMost } from '../json/weight.ts'
import { copyOf, type Done, type Workers } from '../source/work.ts'
import { type Needed, useless } from './needed.ts'

/**
 * What is taken of a source's data to be sent to another one: a scalar, or the first items of a list. Lists and objects
 * in it can not be sent, so that empty ones stand for them, which is all that is needed to say so.
 */
export interface Part {
  readonly value: unknown
  /** Of a list, how many items it had. */
  readonly total: number
}

/** What is sent to a worker thread to take a part. */
export interface TakeTask {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** JMESPath; null for all of the data. */
  readonly select: string | null
  /** The most items of a list. */
  readonly limit: number
}

export type TakeResult = { readonly part: Part } | { readonly error: string }

export interface Taking {
  readonly select: Expression | null
  readonly limit: number
  readonly workers: Workers
}

/** Above it, data is not parsed on the event loop, and neither if an expression takes too long for it. */
const MOST_BYTES = 64 * 1024
/** `[` 20,000 times is parsed in 1 ms. */
const MOST_WEIGHT = 20_000

/** The part of a source's data that an expression selects, for the source that is called; or why it could not be taken. */
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

/** What an expression selects of a value. Throws where it errs. */
export function partOf(value: unknown, select: Expression | null, limit: number): Part {
  const selected = select === null ? value : select(value)
  if (!Array.isArray(selected)) return { value: scalar(selected), total: 0 }
  return { value: selected.slice(0, limit).map(scalar), total: selected.length }
}

function scalar(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
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
  if ('result' in done) return 'part' in done.result ? done.result.part : notTaken(call, needed, done.result.error)
  if (done.lost === 'memory') return notTaken(call, needed, 'it took more memory than a worker thread may have')
  return failure('connection_limit_reached', `too many expressions wait to be evaluated before those of ${call.source}`)
}

function notTaken({ source }: Call, needed: Needed, detail: string): Failure {
  return { ...useless(source, needed.source, 'the value could not be taken from its data'), detail }
}
