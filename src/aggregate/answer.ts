import { roundMs } from '../core/deadline.ts'
import type { FailedKey } from '../core/events.ts'
import { Problem } from '../http/problem.ts'
import {
  durationOf,
  explanation,
  type FailedSource,
  failedSource,
  type SourceMeta,
  spliceData,
  spliceEnvelope,
} from './envelope.ts'
import { etagOf, isNamed } from './etag.ts'
import { type ExposedHeaders, exposes } from './exposed.ts'
import { cacheControl } from './freshness.ts'
import type { Plan } from './plan.ts'
import type { Settled } from './run.ts'
import { judge, type Verdict } from './verdict.ts'

/** Options of one answer. */
export interface AnswerOptions {
  /** Current time on the scale of `Clock.now()`, in milliseconds. */
  readonly now: number
  readonly serverTiming: boolean
  /** Whether every answer is for one client only, because clients have credentials. */
  readonly isPrivate: boolean
  /** Data in the shape of the view, as chunks of JSON text; null for unshaped data. */
  readonly shaped: readonly Buffer[] | null
  /** Headers of sources that are headers of the answer. */
  readonly exposed: ExposedHeaders
}

/** What an answer says about itself. */
export interface Meta {
  readonly requestId: string
  readonly durationMs: number
  readonly deadlineMs: number
  /** Lists that were cut at the limit of `forEach`, by key. */
  readonly truncated?: object
  /** How calls were made to end, by key; with `simulate`. */
  readonly simulated?: Readonly<Record<string, string>>
  /** Details about each source, by key; with `explain`. */
  readonly sources?: Readonly<Record<string, SourceMeta>>
}

/** An answer without its data. */
export interface Conclusion {
  readonly verdict: Verdict
  /** The status of the plain answer. */
  readonly status: number
  readonly partial: boolean
  readonly failedSources: readonly FailedSource[]
  readonly meta: Meta
}

/** A complete response. `body` is a Problem if the answer has no data. */
export interface Answer {
  readonly status: number
  readonly partial: boolean
  readonly headers: Readonly<Record<string, string | string[]>>
  /** Empty with status 304: the client has the data already. */
  readonly body: Buffer | Problem
  /** The sources that failed or were substituted. */
  readonly failed: readonly FailedKey[]
  readonly durationMs: number
}

/** Concludes the answer from the outcomes of the plan. `now` is on the scale of `Clock.now()`. */
export function conclude(plan: Plan, settled: readonly Settled[], now: number): Conclusion {
  const shown = shownOf(settled)
  const verdict = judge(shown, plan.view !== null)
  return {
    verdict,
    status: verdict.kind === 'problem' ? verdict.status : 200,
    partial: verdict.kind === 'problem' || verdict.partial,
    failedSources: shown.flatMap((one) => failedSource(one) ?? []),
    meta: {
      requestId: plan.requestId,
      durationMs: roundMs(now - plan.startedAt),
      deadlineMs: plan.deadlineMs,
      ...truncated(shown),
      ...simulatedIn(plan),
      ...explained(plan, shown),
    },
  }
}

/** Builds the answer from the outcomes of the plan. */
export function answer(plan: Plan, settled: readonly Settled[], options: AnswerOptions): Answer {
  const conclusion = conclude(plan, settled, options.now)
  const { status, partial, failedSources, meta } = conclusion
  const failed = failedSources.map(({ id, code }) => ({ id, code }))
  const headers = headersOf(plan, settled, conclusion, options)
  const common = { status, partial, headers, failed, durationMs: meta.durationMs }
  const { verdict } = conclusion
  const data = options.shaped ?? spliceData(shownOf(settled))
  if (verdict.kind === 'problem')
    return { ...common, body: problemOf(verdict, conclusion, hasChanged(settled) ? data : null) }
  const envelope = spliceEnvelope(data, { failedSources, partial, meta })
  // a 304 would lose what explain and simulate add to this one answer, and the headers of sources
  if (!plan.isStorable || failed.length > 0 || exposes(plan)) return { ...common, body: envelope.whole }
  const etag = etagOf(envelope.data)
  const tagged = { ...common, headers: { ...headers, etag } }
  if (isNamed(etag, plan.ifNoneMatch)) return { ...tagged, status: 304, body: NOTHING }
  return { ...tagged, body: envelope.whole }
}

const NOTHING = Buffer.alloc(0)

function shownOf(settled: readonly Settled[]): readonly Settled[] {
  return settled.filter(({ node }) => node.shown)
}

function problemOf(
  { problem, status, detail, retryAfterMs, challenges }: Extract<Verdict, { kind: 'problem' }>,
  { failedSources }: Conclusion,
  data: readonly Buffer[] | null,
): Problem {
  const common = { status, failedSources, ...(challenges === undefined ? {} : { challenges }) }
  if (data !== null) return new Problem(problem, detail, { ...common, data })
  const isLater = status === 503 || status === 429
  return new Problem(problem, detail, {
    ...common,
    ...(isLater ? { retryAfterSeconds: wholeSeconds(retryAfterMs) } : {}),
  })
}

/**
 * Whether a source may have changed something. Then a problem document has the data, too, and does not suggest that the
 * client repeat the request.
 */
export function hasChanged(settled: readonly Settled[]): boolean {
  return settled.some(({ node, record, outcome }) => {
    const { failure, body, from } = outcome
    // of a list, the items that have not failed were carried out
    const inPart = failure?.items !== undefined && body !== null && from !== 'fallback'
    const mayHave = failure === null || failure.mayBeCarriedOut === true || inPart
    return node.isUnsafe && record.effort.sent > 0 && mayHave
  })
}

function truncated(shown: readonly Settled[]): Pick<Meta, 'truncated'> {
  const cut = shown.flatMap(({ node, outcome: { list, from } }) =>
    list !== undefined && list.kept < list.total && from !== 'fallback'
      ? [[node.key, { kept: list.kept, total: list.total }]]
      : [],
  )
  return cut.length === 0 ? {} : { truncated: Object.fromEntries(cut) }
}

function simulatedIn({ simulated }: Plan): Pick<Meta, 'simulated'> {
  if (simulated.length === 0) return {}
  return { simulated: Object.fromEntries(simulated.map(({ key, text }) => [key, text])) }
}

function explained(plan: Plan, shown: readonly Settled[]): Pick<Meta, 'sources'> {
  return plan.explain ? { sources: explanation(plan, shown) } : {}
}

/** Seconds for Retry-After: rounded up, at least 1. */
function wholeSeconds(ms: number | null): number {
  return Math.max(1, Math.ceil((ms ?? 0) / 1000))
}

function headersOf(
  plan: Plan,
  settled: readonly Settled[],
  { partial, meta }: Conclusion,
  options: AnswerOptions,
): Answer['headers'] {
  const headers = {
    ...options.exposed,
    'aggregate-partial': String(partial),
    'cache-control': cacheControl(plan, settled, options),
  }
  return options.serverTiming
    ? { ...headers, 'server-timing': serverTiming(shownOf(settled), meta.durationMs) }
    : headers
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
