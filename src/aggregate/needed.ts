import { type Failure, failure } from '../core/failure.ts'
import { MESSAGES } from '../core/messages.ts'
import type { Outcome } from '../core/outcome.ts'

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
  // the client has left, so there is no failure to report
  if (reason.code === 'cancelled') return reason
  return failure('dependency_failed', MESSAGES.dependency(id, source), {
    class: reason.class,
    retryable: reason.retryable,
    retryAfterMs: reason.retryAfterMs,
    cause: reason.cause ?? { source, code: reason.code },
  })
}

/** The failure of a source that cannot use the data it depends on. `why` says why, without a value. */
export function useless(id: string, source: string, why: string): Failure {
  return failure('dependency_failed', `${id} needs ${source}, but ${why}`, {
    cause: { source, code: 'select_failed' },
  })
}

/** Why a value cannot be sent, as the end of a sentence; null if it can. */
export function scalarProblem(value: unknown): string | null {
  if (value === null || value === undefined) return 'is missing'
  if (typeof value === 'object') return 'is not a string, number or boolean'
  const rounded = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER
  return rounded ? 'is a number beyond 2^53, which cannot be passed on exactly' : null
}
