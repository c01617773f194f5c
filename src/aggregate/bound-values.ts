import type { Call } from '../core/call.ts'
import type { Failure } from '../core/failure.ts'
import type { Binding } from '../source/options.ts'
import type { BoundValues } from '../source/request.ts'
import type { TemplateValue } from '../source/template.ts'
import type { Workers } from '../source/work.ts'
import { type Needed, scalarProblem, useless } from './bind.ts'
import { take } from './take.ts'

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
