import type { AllowanceLimits } from '../core/allowance.ts'
import { Cancel } from '../core/cancel.ts'
import type { Clock } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import type { Outcome } from '../core/outcome.ts'
import {
  areQuick,
  errorsOf,
  evaluate,
  joinParts,
  membersOf,
  partsOf,
  type Shape,
  type ShapedPart,
  type ShapeError,
  type ShapePart,
} from '../json/shape.ts'
import { bodyValue } from '../json/values.ts'
import { copyOf, type Done, type Workers } from '../source/work.ts'
import type { Plan } from './plan.ts'
import type { Settled } from './run.ts'

/** Options of shaping. */
export interface ShapeOptions {
  /** Limits of the answer; shaped data must not exceed `maxAnswerBytes`. */
  readonly allowance: Pick<AllowanceLimits, 'maxAnswerBytes'>
  readonly clock: Clock
  readonly workers: Workers
  /** Receives a `shape` event for each part that failed. */
  readonly events: Events
}

/** Task for a worker thread: evaluate parts of a shape. */
export interface ShapeTask {
  /** The data: keys, and bodies as JSON text. */
  readonly bodies: readonly (readonly [key: string, body: Uint8Array<ArrayBuffer> | null])[]
  readonly parts: readonly { readonly key: string | null; readonly text: string }[]
}

/** Result of a ShapeTask. */
export interface ShapeResult {
  /** One result per part, in the order of the task. */
  readonly parts: readonly { readonly json: Uint8Array; readonly error: string | null }[]
  /** Bodies that could not be parsed; they are null in all parts. */
  readonly lost: readonly { readonly key: string; readonly error: string }[]
}

/**
 * Evaluation ends this long before the deadline, in milliseconds, so that the answer can be written. Parts that have
 * not ended are null.
 */
const MARGIN_MS = 2

/**
 * Evaluates the shape of a view. Returns JSON text. Data is parsed only now: a little on the event loop, more in worker
 * threads. Ends before the deadline of the answer; parts that have not ended are null and reported as errors.
 */
export async function shapeData(
  plan: Plan,
  shape: Shape,
  shown: readonly Settled[],
  options: ShapeOptions,
): Promise<readonly Buffer[]> {
  const bodies = shown.flatMap(({ outcome }) => outcome.body ?? [])
  const { bounded, endless } = partsOf(shape)
  const errors: ShapeError[] = []
  const isHere = bounded.length === 0 || areQuick(bounded, bodies)
  const here = isHere && bounded.length > 0 ? evaluate(bounded, dataOf(shown, errors), JSON.stringify) : []
  // run each part that may not end separately, so that it does not delay others
  const groups = [...endless.map((part) => [part]), ...(isHere ? [] : [bounded])]
  const apart = groups.length === 0 ? [] : await evaluateApart(plan, groups, shown, options, errors)
  const parts = withinBytes([...here, ...apart], options.allowance.maxAnswerBytes)
  const { requestId, trace, view } = plan
  for (const { key, error } of [...errors, ...errorsOf(parts)])
    options.events.emit('shape', { requestId, traceId: trace.traceId, view, key, error })
  return joinParts(shape, parts)
}

/**
 * Replaces parts that exceed the size limit of an answer with null, and reports them as errors. An expression can
 * output its data many times.
 */
function withinBytes(parts: readonly ShapedPart[], maxBytes: number): readonly ShapedPart[] {
  let bytes = 0
  return parts.map((part) => {
    if (bytes + part.json.length > maxBytes) return { key: part.key, json: NULL, error: new Error(TOO_LARGE) }
    bytes += part.json.length
    return part
  })
}

const TOO_LARGE = 'it yields more data than an answer may hold (server.maxAnswerBytes)'
const NULL = Buffer.from('null')

/** The parsed data, by key. */
function dataOf(shown: readonly Settled[], errors: ShapeError[]): object {
  return membersOf(shown.map(({ node, outcome }) => [node.key, valueFor(node.key, outcome, errors)] as const))
}

/** A body that is too large to parse is null in the shape, and does not affect other data. */
function valueFor(key: string, { body }: Outcome, errors: ShapeError[]): unknown {
  try {
    return bodyValue(body)
  } catch (error) {
    errors.push({ key, error: error as Error })
    return null
  }
}

async function evaluateApart(
  plan: Plan,
  groups: readonly (readonly ShapePart[])[],
  shown: readonly Settled[],
  options: ShapeOptions,
  errors: ShapeError[],
): Promise<readonly ShapedPart[]> {
  const { cancel, stop } = deadlineOf(plan, options.clock)
  try {
    const done = await Promise.all(groups.map((group) => runGroup(plan, group, shown, options.workers, cancel)))
    for (const { key, error } of lostIn(done)) errors.push({ key, error: new Error(error) })
    return done.flatMap((result, index) => shapedOf(groups[index] ?? [], result))
  } finally {
    stop()
  }
}

/**
 * A cancel for shaping. It fires at the deadline of the answer, or when the client disconnects. `plan.cancel` cannot be
 * used: it fires earlier, when the calls are cut off.
 */
function deadlineOf(plan: Plan, clock: Clock): { readonly cancel: Cancel; readonly stop: () => void } {
  const cancel = new Cancel()
  const leftMs = plan.startedAt + plan.deadlineMs - MARGIN_MS - clock.now()
  const timer = clock.setTimeout(() => cancel.cancel('batch'), Math.max(0, leftMs))
  const unlisten = plan.cancel.onCancel((reason) => {
    if (reason === 'client') cancel.cancel(reason)
  })
  return {
    cancel,
    stop: () => {
      clock.clearTimeout(timer)
      unlisten()
    },
  }
}

function runGroup(
  plan: Plan,
  parts: readonly ShapePart[],
  shown: readonly Settled[],
  workers: Workers,
  cancel: Cancel,
): Promise<Done<ShapeResult>> {
  const message = () => {
    const bodies = shown.map(({ node, outcome }) => [node.key, outcome.body && copyOf(outcome.body)] as const)
    const task: ShapeTask = { bodies, parts: parts.map(({ key, expression }) => ({ key, text: expression.text })) }
    return { task, transfer: bodies.flatMap(([, body]) => body?.buffer ?? []) }
  }
  return workers.run<ShapeResult>({ name: 'shape', owner: `view ${plan.view}`, message }, cancel)
}

function shapedOf(parts: readonly ShapePart[], done: Done<ShapeResult>): readonly ShapedPart[] {
  if (!('result' in done)) return parts.map(({ key }) => ({ key, json: NULL, error: new Error(whyNot(done)) }))
  return parts.map(({ key }, index) => {
    const { json = NULL, error = null } = done.result.parts[index] ?? {}
    return {
      key,
      json: Buffer.from(json.buffer, json.byteOffset, json.byteLength),
      error: error === null ? null : new Error(error),
    }
  })
}

function whyNot(done: Exclude<Done<ShapeResult>, { readonly result: unknown }>): string {
  if ('cut' in done) return done.cut === 'client' ? 'the client went away' : 'it was not evaluated before the deadline'
  return done.lost === 'memory' ? 'it took more memory than a worker thread may have' : 'too many others wait before it'
}

/** The first result is enough, because every group has the same bodies. */
function lostIn(done: readonly Done<ShapeResult>[]): ShapeResult['lost'] {
  return done.flatMap((one) => ('result' in one ? [one.result.lost] : []))[0] ?? []
}
