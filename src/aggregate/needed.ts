import { type Failure, failure } from '../core/failure.ts'
import { MESSAGES } from '../core/messages.ts'
import { live, type Outcome } from '../core/outcome.ts'
import { LongNumber } from '../json/long-number.ts'

/** The outcome of a dependency. */
export interface Needed {
  /** The id of the source. */
  readonly source: string
  readonly outcome: Outcome
}

/**
 * The outcome of a source that has nothing to ask, because a dependency or a list is empty. It does not limit the
 * freshness of the answer; the dependency does.
 */
export const NOTHING_ASKED: Outcome = {
  ...live(null, 0),
  upstreamStatus: null,
  freshForMs: Number.POSITIVE_INFINITY,
}

/** Why values cannot be taken: a dependency failed, or one is empty. */
export type Unusable = Failure | 'empty'

/**
 * Returns why a source cannot be called; null if all dependencies have data. A failure takes precedence over an empty
 * outcome.
 */
export function unusable(id: string, needed: readonly Needed[]): Unusable | null {
  for (const { source, outcome } of needed) {
    if (outcome.body === null && outcome.failure !== null) return becauseOf(id, source, outcome.failure)
  }
  return needed.some(({ outcome }) => isEmpty(outcome)) ? 'empty' : null
}

const NULL = Buffer.from('null')

/** Also true for the JSON text `null`: a fallback can be null. */
function isEmpty({ body }: Outcome): boolean {
  return body === null || body.equals(NULL)
}

/**
 * The failure of a dependant. `cause` is the first failure in a chain of dependencies. The class is inherited, and
 * so is the status that may be passed on: they decide the status of the answer.
 */
function becauseOf(id: string, source: string, reason: Failure): Failure {
  // the client has disconnected, so nobody receives a failure
  if (reason.code === 'cancelled') return reason
  return failure('dependency_failed', MESSAGES.dependency(id, source), {
    class: reason.class,
    retryable: reason.retryable,
    retryAfterMs: reason.retryAfterMs,
    cause: reason.cause ?? { source, code: reason.code },
    ...(reason.passes === undefined ? {} : { passes: reason.passes }),
    ...(reason.challenge === undefined ? {} : { challenge: reason.challenge }),
  })
}

/**
 * The failure of a source that cannot use the data of a dependency. `why` is the end of a sentence and must not contain
 * values.
 */
export function useless(id: string, source: string, why: string): Failure {
  return failure('dependency_failed', `${id} needs ${source}, but ${why}`, {
    cause: { source, code: 'select_failed' },
  })
}

/** Why a value cannot stand in a URL or a header, as the end of a sentence; null if it can: a scalar, or a list of them. */
export function plainProblem(value: unknown): string | null {
  if (!Array.isArray(value)) return isObject(value) ? `${NO_SCALAR}, or a list of these` : scalarProblem(value)
  return value.some(isObject) ? 'is a list with an item that is not a string, number or boolean' : null
}

const NO_SCALAR = 'is not a string, number or boolean'

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof LongNumber)
}

/** Why a value is no scalar, as the end of a sentence; null if it is. */
export function scalarProblem(value: unknown): string | null {
  if (value === null || value === undefined) return 'is missing'
  return isObject(value) ? NO_SCALAR : null
}
