import type { Call, SourceRequest } from '../core/call.ts'
import type { Failure } from '../core/failure.ts'
import type { Binding } from '../source/options.ts'
import type { BoundValues, ClientHeaders } from '../source/request.ts'
import type { TemplateValue } from '../source/template.ts'
import type { Workers } from '../source/work.ts'
import { type Needed, scalarProblem, useless } from './needed.ts'
import type { Asked } from './params.ts'
import { take } from './take.ts'

/** A part of an answer that takes data of other sources. */
export interface Dependant {
  readonly asked: Asked
  /** The client's headers, of which some may be passed on. */
  readonly client: ClientHeaders
}

/** The values that a source takes from others, by name; each has to be there and a scalar. */
export async function boundValues(
  call: Call,
  bindings: readonly Binding[],
  needed: readonly Needed[],
  workers: Workers,
): Promise<{ readonly value: BoundValues } | { readonly failure: Failure }> {
  const taken = await Promise.all(
    bindings.map(({ from, select }) => take(call, neededFrom(needed, from), { select, limit: 0, workers })),
  )
  const values: Record<string, TemplateValue> = {}
  for (const [place, { name, from }] of bindings.entries()) {
    const part = taken[place] as (typeof taken)[number]
    if ('code' in part) return { failure: part }
    const problem = scalarProblem(part.value)
    if (problem !== null) return { failure: useless(call.source, from, `the value for "${name}" ${problem}`) }
    values[name] = part.value as TemplateValue
  }
  return { value: values }
}

/** What came of a source; its dependant waited for it. */
export function neededFrom(needed: readonly Needed[], id: string): Needed {
  return needed.find(({ source }) => source === id) as Needed
}

/** The request with values that came from other sources; those may not fit into a URL, which is no client's fault. */
export function prepareBound(
  { asked, client }: Dependant,
  bound: BoundValues,
): SourceRequest | { readonly failure: Failure } {
  const { source } = asked.entry
  const request = source.prepare(asked.params, client, bound)
  if (!('problem' in request)) return request
  return { failure: useless(source.id, providerOf(asked, request.variable), request.problem) }
}

/** The source that a bound variable's value came from. */
function providerOf({ entry }: Asked, variable: string | null): string {
  const { bind, forEach } = entry.source.facts
  if (forEach?.as === variable && forEach !== null) return forEach.from
  return (bind.find(({ name }) => name === variable)?.from ?? entry.source.needs[0]) as string
}
