import type { Call, SourceCall } from '../core/call.ts'
import { failed, live, type Outcome } from '../core/outcome.ts'
import { type RequestError, sentence } from '../http/problem.ts'
import type { BoundValues, RequestContext } from '../source/request.ts'
import { type Needed, unusable } from './bind.ts'
import { boundValues } from './bound-values.ts'
import { type Dependant, prepareBound } from './dependant.ts'
import type { Asked } from './entry.ts'
import { callEach } from './for-each.ts'
import type { PlanNode } from './plan.ts'

export interface NodeOptions {
  readonly context: RequestContext
  readonly strict: boolean
}

/** The node of one entry. Parameters that its URL cannot take are added to `errors`; then there is none. */
export function makeNode(asked: Asked, options: NodeOptions, errors: RequestError[]): PlanNode | null {
  const { entry, params, shown, needs } = asked
  const { source } = entry
  const request = source.prepare(params, options.context, placeholders(asked))
  if ('problem' in request) {
    const message = sentence(`${request.problem} (for ${entry.key})`)
    errors.push({ path: asked.errorPath + (request.variable ?? ''), message })
    return null
  }
  const required = shown && (entry.required || options.strict)
  const common = { key: entry.key, source: source.id, needs, shown, required }
  if (source.needs.length === 0) return { ...common, start: (call) => source.call({ ...call, request }) }
  const dependant: Dependant = { asked, context: options.context }
  return {
    ...common,
    start: (call, outcomes) => source.part(call, (each) => startDependant(dependant, call, outcomes, each)),
  }
}

/** In the place of what is not known yet, so that a client's values are checked before anything is called. */
function placeholders({ entry }: Asked): BoundValues {
  const { bind, forEach } = entry.source.facts
  const names = [...bind.map(({ name }) => name), ...(forEach === null ? [] : [forEach.as])]
  return Object.fromEntries(names.map((name) => [name, 'x']))
}

async function startDependant(
  dependant: Dependant,
  call: Call,
  outcomes: readonly Outcome[],
  each: SourceCall,
): Promise<Outcome> {
  const { source } = dependant.asked.entry
  const { bind, forEach } = source.facts
  const needed = source.needs.map((id, place): Needed => ({ source: id, outcome: outcomes[place] as Outcome }))
  const missing = unusable(source.id, needed)
  if (missing !== null) return missing === 'empty' ? EMPTY : failed(missing)
  const bound = await boundValues(call, bind, needed, source.workers)
  if ('failure' in bound) return failed(bound.failure)
  if (forEach !== null) return callEach(dependant, call, { forEach, needed, bound: bound.value })
  const request = prepareBound(dependant, bound.value)
  return 'failure' in request ? failed(request.failure) : each({ ...call, request })
}

/** Nothing was asked, since there was nothing to ask about. */
const EMPTY: Outcome = { ...live(null, 0), upstreamStatus: null }
