import type { Call, SourceRequest } from '../core/call.ts'
import type { Failure } from '../core/failure.ts'
import type { Binding } from '../source/options.ts'
import type { BoundValues, ClientInput } from '../source/request.ts'
import type { Workers } from '../source/work.ts'
import type { Claims } from './claims.ts'
import { type Needed, scalarProblem, useless } from './needed.ts'
import type { Asked } from './params.ts'
import { take } from './take.ts'

/** An entry that depends on the data of other sources. */
export interface Dependant {
  readonly asked: Asked
  /** What of the client's request may reach a source. */
  readonly client: ClientInput
  /** Values of `bind` from the claims of the client's token. */
  readonly claims: BoundValues
  /** All claims of the client's token; null without one. */
  readonly token: Claims
}

/**
 * Takes the values of `bind` from the data of other sources, by name. Each must be a scalar; otherwise returns a
 * failure.
 */
export async function boundValues(
  call: Call,
  bindings: readonly Binding[],
  needed: readonly Needed[],
  workers: Workers,
): Promise<{ readonly value: BoundValues } | { readonly failure: Failure }> {
  const taken = await Promise.all(
    bindings.map(({ from, select }) => take(call, neededFrom(needed, from), { select, limit: 0, workers })),
  )
  const values: Record<string, BoundValues[string]> = {}
  for (const [place, { name, from }] of bindings.entries()) {
    const part = taken[place] as (typeof taken)[number]
    if ('code' in part) return { failure: part }
    const problem = scalarProblem(part.value)
    if (problem !== null) return { failure: useless(call.source, from, `the value for "${name}" ${problem}`) }
    values[name] = part.value as BoundValues[string]
  }
  return { value: values }
}

/** The outcome of a dependency. It must be in `needed`: a dependant starts after its dependencies. */
export function neededFrom(needed: readonly Needed[], id: string): Needed {
  return needed.find(({ source }) => source === id) as Needed
}

/**
 * Builds the request with values from other sources. A value that does not fit is a failure of the source, not an error
 * of the client.
 */
export function prepareBound(
  { asked, client, claims }: Dependant,
  bound: BoundValues,
): SourceRequest | { readonly failure: Failure } {
  const { source } = asked.entry
  const request = source.prepare(asked.params, client, { ...claims, ...bound })
  if (!('problem' in request)) return request
  return { failure: useless(source.id, providerOf(asked, request.variable), request.problem) }
}

/** The source that provided a variable's value. */
function providerOf({ entry }: Asked, variable: string | null): string {
  const { bind, forEach } = entry.source.facts
  if (forEach?.as === variable && forEach !== null) return forEach.from
  return (bind.find(({ name }) => name === variable)?.from ?? entry.source.needs[0]) as string
}
