import { roundMs } from '../core/deadline.ts'
import type { FailedKey } from '../core/events.ts'
import { PROBLEMS, Problem } from '../http/problem.ts'
import { durationOf, explanation, failedSource, spliceData, spliceEnvelope } from './envelope.ts'
import type { Plan } from './plan.ts'
import type { Settled } from './run.ts'
import { judge } from './verdict.ts'

/** Options of one answer. */
export interface AnswerOptions {
  /** Current time on the scale of `Clock.now()`, in milliseconds. */
  readonly now: number
  readonly serverTiming: boolean
  /** Data in the shape of the view, as chunks of JSON text; null for unshaped data. */
  readonly shaped: readonly Buffer[] | null
}

/** A complete response. `body` is a Problem if the answer has no data. */
export interface Answer {
  readonly status: number
  readonly partial: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | Problem
  /** The sources that failed or were substituted. */
  readonly failed: readonly FailedKey[]
  readonly durationMs: number
}

/** Builds the answer from the outcomes of the plan. */
export function answer(plan: Plan, settled: readonly Settled[], options: AnswerOptions): Answer {
  const shown = settled.filter(({ node }) => node.shown)
  const failedSources = shown.flatMap((one) => failedSource(one) ?? [])
  const verdict = judge(shown)
  const partial = verdict.kind === 'problem' || verdict.partial
  const durationMs = roundMs(options.now - plan.startedAt)
  const common = {
    partial,
    durationMs,
    failed: failedSources.map(({ id, code }) => ({ id, code })),
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

/** Lists that were cut at the limit of `forEach`, by key. */
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

/** Seconds for Retry-After: rounded up, at least 1. */
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

/** One entry per source and one for the total (W3C Server Timing). */
function serverTiming(shown: readonly Settled[], totalMs: number): string {
  const entries = shown.map((settled) => {
    const { failure } = settled.outcome
    const description = failure === null ? '' : `;desc="${failure.code}"`
    return `${settled.node.key};dur=${durationOf(settled).toFixed(1)}${description}`
  })
  return [`total;dur=${totalMs.toFixed(1)}`, ...entries].join(', ')
}
