import { Cancel } from '../core/cancel.ts'
import type { Trace } from '../core/trace.ts'
import { invalidRequest, type RequestError } from '../http/problem.ts'
import type { Shape } from '../json/shape.ts'
import { makeNode, type PlanNode } from './node.ts'
import type { Selection } from './selection.ts'

/** Which calls an answer takes, and how long it may. */
export interface Plan {
  readonly nodes: readonly PlanNode[]
  /** The view's id; null where none was asked. */
  readonly view: string | null
  /** What becomes of the data; null for all of it as it is. */
  readonly shape: Shape | null
  readonly requestId: string
  readonly trace: Trace
  readonly explain: boolean
  /** When the answer was asked for, on the scale of the clock. */
  readonly startedAt: number
  readonly deadlineMs: number
  /** How long before the deadline calls are cut off, so that the answer can still be written. */
  readonly reserveMs: number
  /** Calls the whole answer off; its client leaving does. */
  readonly cancel: Cancel
}

/**
 * Plans an answer: a node a call. The client's own deadline only shortens the endpoint's. Throws a Problem that names the
 * parameters which a source's request cannot take.
 */
export function makePlan(selection: Selection, reserveMs: number): Plan {
  const { endpoint, asker, settings } = selection
  const deadlineMs = Math.min(endpoint.deadlineMs, settings.deadlineMs ?? Number.POSITIVE_INFINITY)
  return {
    nodes: nodesOf(selection),
    view: endpoint.view,
    shape: endpoint.shape,
    requestId: asker.requestId,
    trace: asker.trace,
    explain: settings.explain,
    startedAt: asker.askedAt,
    deadlineMs,
    reserveMs: Math.min(reserveMs, deadlineMs / 2),
    cancel: new Cancel(),
  }
}

function nodesOf({ endpoint, asker, settings, asked }: Selection): readonly PlanNode[] {
  const isWhole = asker.query.sources === undefined && !settings.strict
  if (endpoint.constant !== null && isWhole) return endpoint.constant
  const errors: RequestError[] = []
  const options = { client: asker.headers, strict: settings.strict }
  const nodes = asked.flatMap((one) => makeNode(one, options, errors) ?? [])
  if (errors.length > 0) throw invalidRequest(errors)
  return nodes
}
