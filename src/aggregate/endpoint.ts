import type { RequestError } from '../http/problem.ts'
import type { Shape } from '../json/shape.ts'
import { type Menu, withNeeds } from './menu.ts'
import { makeNode, type PlanNode } from './node.ts'

/** What one of our URLs answers with, whatever its client asks. */
export interface Endpoint {
  /** The view's id; null where it is no view's. */
  readonly view: string | null
  /** The view's; null for data as it is. */
  readonly shape: Shape | null
  /** The view's deadline, or the default, in milliseconds. */
  readonly deadlineMs: number
  readonly menu: Menu
  /** Whether a client may ask how each source was asked (`server.explain`). */
  readonly explainAllowed: boolean
  /** The nodes of everything that it offers, where no client has a part in them: they are the same for every request. */
  readonly constant: readonly PlanNode[] | null
}

export function endpointOf(endpoint: Omit<Endpoint, 'constant'>): Endpoint {
  return { ...endpoint, constant: constantNodes(endpoint.menu) }
}

function constantNodes(menu: Menu): readonly PlanNode[] | null {
  const wanted = withNeeds(menu.entries, menu)
  if (!wanted.every(({ entry }) => entry.source.isConstant)) return null
  const errors: RequestError[] = []
  const nodes = wanted.flatMap(
    (one) => makeNode({ ...one, params: {}, errorPath: '' }, { client: {}, strict: false }, errors) ?? [],
  )
  return errors.length === 0 ? nodes : null
}
