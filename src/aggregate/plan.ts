import { Cancel } from '../core/cancel.ts'
import type { Trace } from '../core/trace.ts'
import { invalidRequest, type RequestError } from '../http/problem.ts'
import type { Shape } from '../json/shape.ts'
import { claimValues } from './claims.ts'
import { makeNode, type PlanNode } from './node.ts'
import type { Selection } from './selection.ts'
import type { Simulated } from './simulated.ts'

/** The calls of one answer, and its deadline. */
export interface Plan {
  readonly nodes: readonly PlanNode[]
  /** Id of the view; null for `/aggregate`. */
  readonly view: string | null
  /** Shape of the data; null for unshaped data. */
  readonly shape: Shape | null
  readonly requestId: string
  readonly trace: Trace
  readonly explain: boolean
  /** Whether it answers a GET or a HEAD. */
  readonly isGet: boolean
  /** Whether caches may store the answer: a GET without details about this one run. */
  readonly isStorable: boolean
  /** If-None-Match of the client. */
  readonly ifNoneMatch: string | undefined
  /** How the client wants calls to end. */
  readonly simulated: readonly Simulated[]
  /** When the request arrived, on the scale of `Clock.now()`. */
  readonly startedAt: number
  /** Time from `startedAt` to the deadline, in milliseconds. */
  readonly deadlineMs: number
  /** Calls are cut off this long before the deadline, in milliseconds, so that there is time to write the answer. */
  readonly reserveMs: number
  /** Cancels the whole answer, for example when the client disconnects. */
  readonly cancel: Cancel
}

/**
 * Creates the plan of an answer, with one node per source. The deadline of the client can only shorten that of the
 * endpoint. Throws a Problem that names the parameters which do not fit into a request, or the claims that the
 * credential lacks.
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
    isGet: selection.isGet,
    isStorable: selection.isGet && !settings.explain && settings.simulated.length === 0,
    ifNoneMatch: asker.client.headers['if-none-match'] as string | undefined,
    simulated: settings.simulated,
    startedAt: asker.askedAt,
    deadlineMs,
    reserveMs: Math.min(reserveMs, deadlineMs / 2),
    cancel: new Cancel(),
  }
}

function nodesOf({ asker, settings, asked, constant }: Selection): readonly PlanNode[] {
  if (constant !== null) return constant
  const errors: RequestError[] = []
  const claims = claimValues(asked, asker.claims)
  const options = { client: asker.client, token: asker.claims, strict: settings.strict }
  const nodes = asked.flatMap((one, place) => makeNode(one, { ...options, claims: claims[place] ?? {} }, errors) ?? [])
  if (errors.length > 0) throw invalidRequest(errors)
  return nodes
}
