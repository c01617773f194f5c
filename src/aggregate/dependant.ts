import type { SourceRequest } from '../core/call.ts'
import type { Failure } from '../core/failure.ts'
import type { BoundValues, RequestContext } from '../source/request.ts'
import { useless } from './bind.ts'
import type { Asked } from './entry.ts'

/** A part of an answer that takes data of other sources. */
export interface Dependant {
  readonly asked: Asked
  readonly context: RequestContext
}

/** The request with values that came from other sources; those may not fit into a URL, which is no client's fault. */
export function prepareBound(
  { asked, context }: Dependant,
  bound: BoundValues,
): SourceRequest | { readonly failure: Failure } {
  const { source } = asked.entry
  const request = source.prepare(asked.params, context, bound)
  if (!('problem' in request)) return request
  return { failure: useless(source.id, providerOf(asked, request.variable), request.problem) }
}

/** The source that a bound variable's value came from. */
function providerOf({ entry }: Asked, variable: string | null): string {
  const { bind, forEach } = entry.source.facts
  if (forEach?.as === variable && forEach !== null) return forEach.from
  return (bind.find(({ name }) => name === variable)?.from ?? entry.source.needs[0]) as string
}
