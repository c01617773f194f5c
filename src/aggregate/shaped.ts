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

export interface ShapeOptions {
  /** What one answer may cost: its shaped data counts as its data does. */
  readonly allowance: Pick<AllowanceLimits, 'maxAnswerBytes'>
  readonly clock: Clock
  readonly workers: Workers
  /** Is told of the parts that erred. */
  readonly events: Events
}

/** What is sent to a worker thread to evaluate some parts of a shape. */
export interface ShapeTask {
  /** The keys of the data, and the bodies as JSON text. */
  readonly bodies: readonly (readonly [key: string, body: Uint8Array<ArrayBuffer> | null])[]
  readonly parts: readonly { readonly key: string | null; readonly text: string }[]
}

export interface ShapeResult {
  /** In the order of the task. */
  readonly parts: readonly { readonly json: Uint8Array; readonly error: string | null }[]
  /** Bodies that could not become values; they are null to every part. */
  readonly lost: readonly { readonly key: string; readonly error: string }[]
}

/** In the last moment of an answer, what was not evaluated is null. */
const MARGIN_MS = 2

/**
 * The data as the view's shape has it, as JSON text. Data becomes values only here: little of it on the event loop, else
 * in worker threads. Ends by the answer's deadline; what is not there by then is null, which is told like an error.
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
  // a part that may not end runs for itself, so that it takes no others with it
  const groups = [...endless.map((part) => [part]), ...(isHere ? [] : [bounded])]
  const apart = groups.length === 0 ? [] : await evaluateApart(plan, groups, shown, options, errors)
  const parts = withinBytes([...here, ...apart], options.allowance.maxAnswerBytes)
  const { requestId, trace, view } = plan
  for (const { key, error } of [...errors, ...errorsOf(parts)])
    options.events.emit('shape', { requestId, traceId: trace.traceId, view, key, error })
  return joinParts(shape, parts)
}

/** An expression may repeat its data: what does not fit into an answer any more is null, and told like an error. */
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

/** The values of the bodies, by key. */
function dataOf(shown: readonly Settled[], errors: ShapeError[]): object {
  return Object.fromEntries(shown.map(({ node, outcome }) => [node.key, valueFor(node.key, outcome, errors)]))
}

/** What is too large to become a value is null to the shape, and costs nobody else's. */
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

/** Fires at the answer's own deadline: the calls of its plan were called off before. And when the client leaves. */
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

/** Every group has the same bodies. */
function lostIn(done: readonly Done<ShapeResult>[]): ShapeResult['lost'] {
  return done.flatMap((one) => ('result' in one ? [one.result.lost] : []))[0] ?? []
}
