import { roundMs } from '../core/deadline.ts'
import { PROBLEMS, Problem } from '../http/problem.ts'
import { durationOf, explanation, failedSource, spliceData, spliceEnvelope } from './envelope.ts'
import type { Plan } from './plan.ts'
import type { Settled } from './run.ts'
import { judge } from './verdict.ts'

export interface AnswerOptions {
  /** When the answer is made, on the scale of the clock. */
  readonly now: number
  readonly serverTiming: boolean
  /** The data as the view's shape has it; null for data as it is. */
  readonly shaped: readonly Buffer[] | null
}

/** An answer, ready to be sent; `problem` takes the place of a body where there is no data to give. */
export interface Answer {
  readonly status: number
  readonly partial: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | Problem
  /** Keys of what failed or was substituted. */
  readonly failed: readonly string[]
  readonly durationMs: number
}

/** Makes the answer from how the calls of its plan ended. */
export function answer(plan: Plan, settled: readonly Settled[], options: AnswerOptions): Answer {
  const shown = settled.filter(({ node }) => node.shown)
  const failedSources = shown.flatMap((one) => failedSource(one) ?? [])
  const verdict = judge(shown)
  const partial = verdict.kind === 'problem' || verdict.partial
  const durationMs = roundMs(options.now - plan.startedAt)
  const common = {
    partial,
    durationMs,
    failed: failedSources.map(({ id }) => id),
    headers: headersOf(shown, partial, durationMs, options),
  }
  if (verdict.kind === 'problem') {
    const status = PROBLEMS[verdict.problem].status
    const details =
      status === 503 ? { failedSources, retryAfterSeconds: wholeSeconds(verdict.retryAfterMs) } : { failedSources }
    return { ...common, status, body: new Problem(verdict.problem, verdict.detail, details) }
  }
  const meta = {
    requestId: plan.requestId,
    durationMs,
    deadlineMs: plan.deadlineMs,
    ...truncated(shown),
    ...explained(plan, shown),
  }
  const data = options.shaped ?? spliceData(shown)
  return { ...common, status: 200, body: spliceEnvelope(data, { failedSources, partial, meta }) }
}

/** The lists that were cut off at their limit, by key. */
function truncated(shown: readonly Settled[]): { readonly truncated?: object } {
  const cut = shown.flatMap(({ node, outcome: { list, from } }) =>
    list !== undefined && list.kept < list.total && from !== 'fallback'
      ? [[node.key, { kept: list.kept, total: list.total }]]
      : [],
  )
  return cut.length === 0 ? {} : { truncated: Object.fromEntries(cut) }
}

function explained(plan: Plan, shown: readonly Settled[]): { readonly sources?: object } {
  return plan.explain ? { sources: explanation(plan, shown) } : {}
}

/** For Retry-After: rounded up, and at least one second. */
function wholeSeconds(ms: number | null): number {
  return Math.max(1, Math.ceil((ms ?? 0) / 1000))
}

function headersOf(
  shown: readonly Settled[],
  partial: boolean,
  totalMs: number,
  options: AnswerOptions,
): Record<string, string> {
  const headers = { 'aggregate-partial': String(partial) }
  return options.serverTiming ? { ...headers, 'server-timing': serverTiming(shown, totalMs) } : headers
}

/** One entry a source (W3C Server Timing), and one for the whole. */
function serverTiming(shown: readonly Settled[], totalMs: number): string {
  const entries = shown.map((settled) => {
    const { failure } = settled.outcome
    const description = failure === null ? '' : `;desc="${failure.code}"`
    return `${settled.node.key};dur=${durationOf(settled).toFixed(1)}${description}`
  })
  return [`total;dur=${totalMs.toFixed(1)}`, ...entries].join(', ')
}
