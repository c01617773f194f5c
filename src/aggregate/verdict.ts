import type { Failure, FailureClass } from '../core/failure.ts'
import { isIncomplete } from '../core/outcome.ts'
import type { ProblemName } from '../http/problem.ts'
import type { Settled } from './run.ts'

/** Whether an answer has data, or is a problem. */
export type Verdict =
  | { readonly kind: 'answer'; readonly partial: boolean }
  | {
      readonly kind: 'problem'
      readonly problem: ProblemName
      readonly detail: string
      /** The longest Retry-After of the failures that count, in milliseconds; null if there is none. */
      readonly retryAfterMs: number | null
    }

interface FailedCall {
  readonly settled: Settled
  readonly failure: Failure
}

/** The problem of an answer in which only failures of one class count. */
export const PROBLEM_OF: Readonly<Record<FailureClass, ProblemName>> = {
  timeout: 'sources-timed-out',
  limit: 'sources-unavailable',
  upstream: 'sources-failed',
}

/**
 * Decides the kind of an answer. It is a problem if a required source failed, or all sources failed. A substituted
 * value satisfies `required`. `shown` are the requested calls.
 */
export function judge(shown: readonly Settled[]): Verdict {
  const failedCalls = shown.flatMap(failedCall)
  const required = failedCalls.filter(({ settled }) => settled.node.required)
  if (required.length > 0) return problem(required, 'required')
  // skipped sources count neither way
  const called = shown.filter(({ outcome }) => outcome.from !== 'skipped')
  if (failedCalls.length === called.length && called.length > 0) return problem(failedCalls, 'asked')
  return { kind: 'answer', partial: shown.some(({ outcome }) => isIncomplete(outcome)) }
}

function failedCall(settled: Settled): FailedCall[] {
  const { failure, body } = settled.outcome
  return failure === null || body !== null ? [] : [{ settled, failure }]
}

/** If all failures have the same class, the problem is that of the class; else it is `sources-failed`. */
function problem(counted: readonly FailedCall[], role: Role): Verdict {
  const [first, ...others] = new Set(counted.map(({ failure }) => failure.class))
  const kind = first === undefined || others.length > 0 ? 'sources-failed' : PROBLEM_OF[first]
  const waits = counted.flatMap(({ failure }) => failure.retryAfterMs ?? [])
  return {
    kind: 'problem',
    problem: kind,
    detail: detailOf(counted, role),
    retryAfterMs: waits.length === 0 ? null : Math.max(...waits),
  }
}

function detailOf(counted: readonly FailedCall[], role: Role): string {
  return failureDetail(
    role,
    counted.map(({ failure }) => failure.message),
  )
}

type Role = 'required' | 'asked'

/** The detail of a problem document: a sentence with the messages of the failures that count. */
export function failureDetail(role: Role, messages: readonly string[]): string {
  const [one, several] =
    role === 'required'
      ? ['A required source failed', `${messages.length} required sources failed`]
      : ['The requested source failed', `All ${messages.length} requested sources failed`]
  return `${messages.length === 1 ? one : several}: ${messages.join('; ')}.`
}
