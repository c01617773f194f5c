import type { Call } from '../core/call.ts'
import { failed, type Outcome } from '../core/outcome.ts'
import { type RequestError, sentence } from '../http/problem.ts'
import type { BoundValues, ClientInput } from '../source/request.ts'
import type { Asking } from '../source/source.ts'
import type { TemplateProblem } from '../source/template.ts'
import { boundValues, type Dependant, prepareBound } from './bind.ts'
import { type Claims, unfitClaim } from './claims.ts'
import { insteadOf } from './condition.ts'
import { labelOf } from './envelope.ts'
import { callEach } from './for-each.ts'
import { givenProblem } from './given-items.ts'
import { type Needed, NOTHING_ASKED, unusable } from './needed.ts'
import { type Asked, inClientNames } from './params.ts'

/** One source of an answer, and the nodes whose outcomes it needs first. */
export interface PlanNode {
  /** The key in `data`. */
  readonly key: string
  /** The key as it stands before its data (envelope.ts). */
  readonly label: Buffer
  /** The source's id. */
  readonly source: string
  /** Indexes of the nodes that must end before this one starts. */
  readonly needs: readonly number[]
  /** Whether it was requested. If not, it is only a dependency. */
  readonly shown: boolean
  readonly required: boolean
  /** Whether calling the source may change something. */
  readonly isUnsafe: boolean
  /** Whether the data may belong to one client: the source is sent something that identifies the client. */
  readonly isPersonal: boolean
  /** Whether headers of its answer are headers of ours. */
  readonly exposes: boolean
  /** Calls the source. `needed` are the outcomes of its dependencies. `call` has no request yet. */
  readonly start: (call: Call, needed: readonly Outcome[]) => Promise<Outcome>
}

/** Options of a node; all but `claims` are equal in all nodes of one answer. */
export interface NodeOptions {
  /** What of the client's request may reach a source. */
  readonly client: ClientInput
  /** Values of `bind` from the claims of the client's token. */
  readonly claims: BoundValues
  /** All claims of the client's token; null without one. */
  readonly token: Claims
  /** Whether every requested source counts as required. */
  readonly strict: boolean
}

/**
 * Creates the node of an entry. Returns null, and adds to `errors`, if its request cannot be built from the parameters.
 * Throws a Problem if it cannot be built from the claims.
 */
export function makeNode(asked: Asked, options: NodeOptions, errors: RequestError[]): PlanNode | null {
  const { entry, shown, needs } = asked
  const start = starterOf(asked, options)
  if ('problem' in start) {
    if (start.variable !== null && Object.hasOwn(options.claims, start.variable))
      throw unfitClaim(start.problem, entry.key)
    const { problem, variable } = inClientNames(start, entry.source)
    errors.push({ path: asked.errorPath + (variable ?? ''), message: sentence(`${problem} (for ${entry.key})`) })
    return null
  }
  const required = shown && (entry.required || options.strict)
  const { key } = entry
  const { id, isPersonal, facts } = entry.source
  const exposes = facts.exposeHeaders.length > 0
  return {
    ...{ key, label: labelOf(key), source: id, needs, shown, required },
    ...{ isUnsafe: !facts.safe, isPersonal, exposes, start },
  }
}

/** The request of a source without dependencies is built now; that of others when their dependencies have ended. */
function starterOf(asked: Asked, { client, claims, token }: NodeOptions): PlanNode['start'] | TemplateProblem {
  const { source } = asked.entry
  if (source.needs.length === 0 && source.facts.forEach === null) {
    const request = source.prepare(asked.params, client, claims)
    if ('problem' in request) return request
    if (source.facts.when === null) return (call) => source.call({ ...call, request })
    return (call) => source.call(call, (asking) => startConditional(asked, token, { ...call, request }, asking))
  }
  const problem = givenProblem(asked, client, claims) ?? source.check(asked.params, client, claims)
  if (problem !== null) return problem
  const dependant: Dependant = { asked, client, claims, token }
  return (call, outcomes) => source.call(call, (asking) => startDependant(dependant, call, outcomes, asking))
}

async function startConditional(asked: Asked, claims: Claims, call: Call, asking: Asking): Promise<Outcome> {
  const instead = await insteadOf(call, { asked, claims, needed: [] })
  if (instead === null) return asking.once(call)
  return 'code' in instead ? failed(instead) : instead
}

async function startDependant(
  dependant: Dependant,
  call: Call,
  outcomes: readonly Outcome[],
  asking: Asking,
): Promise<Outcome> {
  const { source } = dependant.asked.entry
  const { bind, forEach } = source.facts
  const needed = source.needs.map((id, place): Needed => ({ source: id, outcome: outcomes[place] as Outcome }))
  const instead = await insteadOf(call, { asked: dependant.asked, claims: dependant.token, needed })
  if (instead !== null) return 'code' in instead ? failed(instead) : instead
  const missing = unusable(source.id, needed)
  if (missing !== null) return missing === 'empty' ? NOTHING_ASKED : failed(missing)
  const bound = await boundValues(call, bind, needed, source)
  if (bound === 'empty') return NOTHING_ASKED
  if ('failure' in bound) return failed(bound.failure)
  if (forEach !== null) return callEach(dependant, call, { forEach, needed, bound: bound.value, asking })
  const request = prepareBound(dependant, bound.value)
  return 'failure' in request ? failed(request.failure) : asking.once({ ...call, request })
}
