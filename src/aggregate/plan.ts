import type { Call } from '../core/call.ts'
import { Cancel } from '../core/cancel.ts'
import type { Outcome } from '../core/outcome.ts'
import type { RequestError } from '../http/problem.ts'
import type { Shape } from '../json/shape.ts'
import type { RequestContext } from '../source/request.ts'
import type { Asked } from './entry.ts'
import { makeNode } from './node.ts'
import type { Settings } from './settings.ts'

/** One call of an answer, and the calls whose outcomes it needs first. */
export interface PlanNode {
  /** The key in `data`. */
  readonly key: string
  /** The source's id. */
  readonly source: string
  /** Indexes of the nodes that have to end before this one can start. */
  readonly needs: readonly number[]
  /** Whether it was asked for; the others only feed those. */
  readonly shown: boolean
  readonly required: boolean
  /** Makes its part of the answer, when the outcomes that it needs are there. `call` has no request yet. */
  readonly start: (call: Call, needed: readonly Outcome[]) => Promise<Outcome>
}

/** Which calls an answer takes, and how long it may. */
export interface Plan {
  readonly nodes: readonly PlanNode[]
  /** The view's id; null where none was asked. */
  readonly view: string | null
  /** What becomes of the data; null for all of it as it is. */
  readonly shape: Shape | null
  readonly context: RequestContext
  readonly explain: boolean
  /** When the answer was asked for, on the scale of the clock. */
  readonly startedAt: number
  readonly deadlineMs: number
  /** How long before the deadline calls are cut off, so that the answer can still be written. */
  readonly reserveMs: number
  /** Calls the whole answer off; its client leaving does. */
  readonly cancel: Cancel
}

export interface PlanOptions {
  readonly view: string | null
  readonly shape: Shape | null
  readonly context: RequestContext
  readonly startedAt: number
  /** Of this view or route; a client's own only shortens it. */
  readonly deadlineMs: number
  readonly reserveMs: number
}

/** Plans an answer: a node a call. Parameters that a URL cannot take are added to `errors`. */
export function makePlan(
  asked: readonly Asked[],
  settings: Settings,
  options: PlanOptions,
  errors: RequestError[],
): Plan {
  const deadlineMs = Math.min(options.deadlineMs, settings.deadlineMs ?? Number.POSITIVE_INFINITY)
  return {
    ...options,
    nodes: asked.flatMap((one) => makeNode(one, { context: options.context, strict: settings.strict }, errors) ?? []),
    explain: settings.explain,
    deadlineMs,
    reserveMs: Math.min(options.reserveMs, deadlineMs / 2),
    cancel: new Cancel(),
  }
}
