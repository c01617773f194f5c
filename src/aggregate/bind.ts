import type { Expression } from '../jmespath.ts'
import { type Failure, failure } from '../source/failure.ts'
import type { Binding } from '../source/options.ts'
import type { Outcome } from '../source/outcome.ts'
import type { BoundValues } from '../source/request.ts'
import type { TemplateValue } from '../source/template.ts'
import { bodyValue } from '../source/values.ts'

/** What a source that was needed came to. */
export interface Needed {
  /** The id of the source. */
  readonly source: string
  readonly outcome: Outcome
}

/** Nothing to take values from: what was needed failed (how), or was empty. */
export type Unusable = Failure | 'empty'

/** Whether all that was needed is there; null if so. A failure weighs more than an empty answer. */
export function unusable(id: string, needed: readonly Needed[]): Unusable | null {
  for (const { source, outcome } of needed) {
    if (outcome.body === null && outcome.failure !== null) return becauseOf(id, source, outcome.failure)
  }
  return needed.some(({ outcome }) => isEmpty(outcome)) ? 'empty' : null
}

const NULL = Buffer.from('null')

/** A fallback may be null, too. */
function isEmpty({ body }: Outcome): boolean {
  return body === null || body.equals(NULL)
}

/** The cause is the first of a chain; its class decides the answer's status. */
function becauseOf(id: string, source: string, reason: Failure): Failure {
  // nobody waits any more, which is nobody's failure
  if (reason.code === 'cancelled') return reason
  return failure('dependency_failed', `${id} needs ${source}, which failed`, {
    class: reason.class,
    retryable: reason.retryable,
    retryAfterMs: reason.retryAfterMs,
    cause: reason.cause ?? { source, code: reason.code },
  })
}

/** What is there is of no use to the source that needs it. `why` names what, and no value. */
export function useless(id: string, source: string, why: string): Failure {
  return failure('dependency_failed', `${id} needs ${source}, but ${why}`, {
    cause: { source, code: 'select_failed' },
  })
}

/** What was taken of a source's data, or why it could not be. */
export type Taken<Value> = { readonly value: Value } | { readonly failure: Failure }

/** The part of a source's data that an expression selects. */
export function take(id: string, { source, outcome }: Needed, select: Expression | null): Taken<unknown> {
  try {
    const value = bodyValue(outcome.body)
    return { value: select === null ? value : select(value) }
  } catch {
    return { failure: useless(id, source, 'the value could not be taken from its data') }
  }
}

/** The values that a source takes from others, by name; each has to be there and a scalar. */
export function boundValues(id: string, bindings: readonly Binding[], needed: readonly Needed[]): Taken<BoundValues> {
  const values: Record<string, TemplateValue> = {}
  for (const { name, from, select } of bindings) {
    const taken = take(id, needed.find(({ source }) => source === from) as Needed, select)
    if ('failure' in taken) return taken
    const problem = scalarProblem(taken.value)
    if (problem !== null) return { failure: useless(id, from, `the value for "${name}" ${problem}`) }
    values[name] = taken.value as TemplateValue
  }
  return { value: values }
}

/** Why a value cannot be sent, as the end of a sentence; null if it can. */
export function scalarProblem(value: unknown): string | null {
  if (value === null || value === undefined) return 'is missing'
  if (typeof value === 'object') return 'is not a string, number or boolean'
  const rounded = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER
  return rounded ? 'is a number beyond 2^53, which cannot be passed on exactly' : null
}
