import type { RequestError } from '../http/problem.ts'
import type { Shape } from '../json/shape.ts'
import { NO_INPUT } from '../source/request.ts'
import { type Menu, withNeeds } from './menu.ts'
import { makeNode, type PlanNode } from './node.ts'
import type { Asked } from './params.ts'
import { readQuery } from './query.ts'
import type { Allowed } from './settings.ts'

/** One route of this service, and what clients can request there. */
export interface Endpoint {
  /** Id of the view; null for `/aggregate`. */
  readonly view: string | null
  /** Shape of the view; null for unshaped data. */
  readonly shape: Shape | null
  /** Default deadline of this endpoint, in milliseconds. */
  readonly deadlineMs: number
  readonly menu: Menu
  /** What clients may use. */
  readonly allowed: Allowed
  /** For the Vary header: names of the request headers that answers depend on. */
  readonly vary: string
  /** The nodes of all entries if their requests are equal for every client; else null. They are built once. */
  readonly constant: readonly PlanNode[] | null
  /**
   * What a bare request asks for: one without a query, variables of the path and members of a body. Null where that is an
   * error, as a parameter is missing.
   */
  readonly bare: readonly Asked[] | null
}

/** Creates an endpoint, and what of its answers does not depend on the request. */
export function endpointOf(endpoint: Omit<Endpoint, 'constant' | 'bare' | 'vary'>): Endpoint {
  const { menu } = endpoint
  return { ...endpoint, vary: varyOf(menu), constant: constantNodes(menu), bare: bareOf(menu) }
}

function bareOf(menu: Menu): readonly Asked[] | null {
  const errors: RequestError[] = []
  const asked = readQuery(menu, {}, errors)
  return errors.length === 0 ? asked : null
}

/**
 * The same for all answers of an endpoint, as caches expect it (RFC 9111, section 4.1): the headers that the
 * request to any of its sources depends on.
 */
function varyOf(menu: Menu): string {
  const forwarded = withNeeds(menu.entries, menu).flatMap(({ entry }) => entry.source.dependsOnHeaders)
  return [...new Set(['accept', 'prefer', ...forwarded])].join(', ')
}

function constantNodes(menu: Menu): readonly PlanNode[] | null {
  const wanted = withNeeds(menu.entries, menu)
  if (!wanted.every(({ entry }) => entry.source.isConstant)) return null
  const errors: RequestError[] = []
  const nodes = wanted.flatMap(
    (one) =>
      makeNode(
        { ...one, params: {}, errorPath: '' },
        { client: NO_INPUT, claims: {}, token: null, strict: false },
        errors,
      ) ?? [],
  )
  return errors.length === 0 ? nodes : null
}
