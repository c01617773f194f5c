import type { Call, SourceRequest } from '../core/call.ts'
import type { Failure } from '../core/failure.ts'
import type { Binding } from '../source/options.ts'
import type { BoundValues, ClientInput } from '../source/request.ts'
import type { Source } from '../source/source.ts'
import type { Claims } from './claims.ts'
import { type Needed, plainProblem, useless } from './needed.ts'
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
 * Takes the values of `bind` from the data of other sources, by name: scalars and lists of them, and any JSON for a
 * variable that stands in the body only. `empty` if one is a list without items; a failure if one cannot be sent.
 */
export async function boundValues(
  call: Call,
  bindings: readonly Binding[],
  needed: readonly Needed[],
  source: Pick<Source, 'workers' | 'isInBody' | 'isOutsideBody'>,
): Promise<{ readonly value: BoundValues } | { readonly failure: Failure } | 'empty'> {
  const limit = Number.POSITIVE_INFINITY
  const taken = await Promise.all(
    bindings.map(({ name, from, select }) => {
      const isWhole = source.isInBody(name)
      return take(call, neededFrom(needed, from), { select, limit, isWhole, workers: source.workers })
    }),
  )
  const values: Record<string, BoundValues[string]> = {}
  for (const [place, { name, from }] of bindings.entries()) {
    const part = taken[place] as (typeof taken)[number]
    if ('code' in part) return { failure: part }
    const problem = valueProblem(part.value, source.isOutsideBody(name))
    if (problem !== null) return { failure: useless(call.source, from, `the value for "${name}" ${problem}`) }
    if (isEmpty(part.value, source.isOutsideBody(name))) return 'empty'
    values[name] = part.value as BoundValues[string]
  }
  return { value: values }
}

function valueProblem(value: unknown, isOutsideBody: boolean): string | null {
  if (value === null || value === undefined) return 'is missing'
  return isOutsideBody ? plainProblem(value) : null
}

/** Nulls of a list are dropped outside of the body. */
function isEmpty(value: unknown, isOutsideBody: boolean): boolean {
  if (!Array.isArray(value)) return false
  return value.length === 0 || (isOutsideBody && value.every((item) => item === null))
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
  if (forEach !== null && forEach.as === variable && forEach.from !== null) return forEach.from
  return bind.find(({ name }) => name === variable)?.from ?? entry.source.needs[0] ?? entry.source.id
}
