import type { Failure, FailureClass } from '../core/failure.ts'
import { isIncomplete } from '../core/outcome.ts'
import { PROBLEMS, type ProblemName } from '../http/problem.ts'
import type { Settled } from './run.ts'

/** Whether an answer has data, or is a problem. */
export type Verdict =
  | { readonly kind: 'answer'; readonly partial: boolean }
  | {
      readonly kind: 'problem'
      readonly problem: ProblemName
      readonly status: number
      readonly detail: string
      /** The longest Retry-After of the failures that count, in milliseconds; null if there is none. */
      readonly retryAfterMs: number | null
      /** With status 401: the WWW-Authenticate of the sources, or `Bearer`. */
      readonly challenges?: readonly string[]
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
 * value satisfies `required`. `shown` are the requested calls. `mayPass`: whether the answer may have a status of the
 * sources (`passStatus`), as those of views may.
 */
export function judge(shown: readonly Settled[], mayPass = false): Verdict {
  const failedCalls = shown.flatMap(failedCall)
  const required = failedCalls.filter(({ settled }) => settled.node.required)
  if (required.length > 0) return problem(required, 'required', mayPass)
  // skipped sources count neither way
  const called = shown.filter(({ outcome }) => outcome.from !== 'skipped')
  if (failedCalls.length === called.length && called.length > 0) return problem(failedCalls, 'asked', mayPass)
  return { kind: 'answer', partial: shown.some(({ outcome }) => isIncomplete(outcome)) }
}

function failedCall(settled: Settled): FailedCall[] {
  const { failure, body } = settled.outcome
  return failure === null || body !== null ? [] : [{ settled, failure }]
}

function problem(counted: readonly FailedCall[], role: Role, mayPass: boolean): Verdict {
  const waits = counted.flatMap(({ failure }) => failure.retryAfterMs ?? [])
  const common = {
    kind: 'problem',
    detail: detailOf(counted, role),
    retryAfterMs: waits.length === 0 ? null : Math.max(...waits),
  } as const
  const status = mayPass ? passedBy(counted) : null
  if (status === null) {
    const problem = problemOf(counted)
    return { ...common, problem, status: PROBLEMS[problem].status }
  }
  const challenges = status === 401 ? { challenges: challengesOf(counted) } : {}
  return { ...common, problem: 'sources-refused', status, ...challenges }
}

/** If all failures have the same class, the problem is that of the class; else it is `sources-failed`. */
function problemOf(counted: readonly FailedCall[]): ProblemName {
  const [first, ...others] = new Set(counted.map(({ failure }) => failure.class))
  return first === undefined || others.length > 0 ? 'sources-failed' : PROBLEM_OF[first]
}

/** The status that all failures pass on; null if they do not agree, or one passes none on. */
function passedBy(counted: readonly FailedCall[]): number | null {
  const [first, ...others] = new Set(counted.map(({ failure }) => failure.passes ?? null))
  return first === undefined || others.length > 0 ? null : first
}

function challengesOf(counted: readonly FailedCall[]): readonly string[] {
  const challenges = [...new Set(counted.flatMap(({ failure }) => failure.challenge ?? []))]
  return challenges.length === 0 ? ['Bearer'] : challenges
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
