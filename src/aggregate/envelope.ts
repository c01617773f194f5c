import { roundMs } from '../core/deadline.ts'
import type { FailedItem, FailureCode } from '../core/failure.ts'
import { isIncomplete, type Outcome } from '../core/outcome.ts'
import { exactValue } from '../json/values.ts'
import type { Plan } from './plan.ts'
import type { Settled } from './run.ts'

/** An entry of `failedSources`: a source that failed, or whose data was substituted. */
export interface FailedSource {
  /** The key in `data`. */
  readonly id: string
  /** The id of the source. */
  readonly source: string
  readonly code: FailureCode
  readonly message: string
  readonly required: boolean
  readonly upstreamStatus: number | null
  readonly retryable: boolean
  readonly retryAfterMs: number | null
  readonly attempts: number
  readonly durationMs: number
  /** Origin of the substituted value in `data`; null if there is none. */
  readonly servedFrom: string | null
  /** What `errorDetails` makes of the source's answer. */
  readonly details?: unknown
  /** For a list: the items without data. */
  readonly items?: readonly ShownItem[]
  readonly cause?: { readonly source: string; readonly code: string }
}

/** An item of a list that has no data. */
export interface ShownItem extends Omit<FailedItem, 'details'> {
  readonly details?: unknown
}

/**
 * Details of one source for `explain=true`. Times are in milliseconds; `startedAtMs` is relative to the start of the
 * answer.
 */
export interface SourceMeta {
  readonly upstreamStatus: number | null
  readonly attempts: number
  readonly hedged: boolean
  readonly from: string
  readonly ageMs: number
  readonly startedAtMs: number
  readonly durationMs: number
  readonly bytes: number
}

/** Duration of a call in milliseconds. */
export function durationOf({ record }: Settled): number {
  return roundMs(record.endedAt - record.startedAt)
}

/** The entry in `failedSources`; null if the call did not fail. */
export function failedSource(settled: Settled): FailedSource | null {
  const { node, outcome, record } = settled
  const { failure } = outcome
  if (failure === null) return null
  return {
    id: node.key,
    source: node.source,
    code: failure.code,
    message: failure.message,
    required: node.required,
    upstreamStatus: failure.upstreamStatus,
    retryable: failure.retryable,
    retryAfterMs: failure.retryAfterMs,
    attempts: record.effort.attempts,
    durationMs: durationOf(settled),
    servedFrom: substituteOf(outcome),
    ...shownDetails(failure),
    ...(failure.items === undefined ? {} : { items: failure.items.map(shownItem) }),
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
  }
}

function shownItem({ details, ...item }: FailedItem): ShownItem {
  return { ...item, ...shownDetails({ details }) }
}

function shownDetails({ details }: { readonly details?: Buffer | undefined }): { readonly details?: unknown } {
  return details === undefined ? {} : { details: exactValue(details.toString()) }
}

/** Origin of a substituted value. An incomplete list has no substitute. */
function substituteOf(outcome: Outcome): string | null {
  const { body, from } = outcome
  return body === null || from === 'live' || isIncomplete(outcome) ? null : from
}

/** The content of `meta.sources`, by key. */
export function explanation(plan: Plan, shown: readonly Settled[]): Record<string, SourceMeta> {
  return Object.fromEntries(shown.map((settled) => [settled.node.key, sourceMeta(plan, settled)]))
}

/** Details about one source. */
export function sourceMeta(plan: Plan, settled: Settled): SourceMeta {
  const { outcome, record } = settled
  return {
    upstreamStatus: outcome.upstreamStatus,
    attempts: record.effort.attempts,
    hedged: record.effort.hedged,
    from: outcome.from,
    ageMs: roundMs(outcome.ageMs),
    startedAtMs: roundMs(record.startedAt - plan.startedAt),
    durationMs: durationOf(settled),
    bytes: record.effort.bytes,
  }
}

/** A key of `data` with its colon, as JSON text. */
export function labelOf(key: string): Buffer {
  return Buffer.from(`${JSON.stringify(key)}:`)
}

const NULL = Buffer.from('null')
const [OPEN, COMMA, CLOSE, EMPTY] = ['{', ',', '}', '{}'].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
]

/**
 * The data as chunks of JSON text. The bodies of the sources are inserted unchanged, in the order of the plan: parsing
 * and writing them again would cost time, and digits of large numbers.
 */
export function spliceData(shown: readonly Settled[]): readonly Buffer[] {
  if (shown.length === 0) return [EMPTY]
  const parts: Buffer[] = []
  for (const { node, outcome } of shown) parts.push(parts.length === 0 ? OPEN : COMMA, node.label, outcome.body ?? NULL)
  parts.push(CLOSE)
  return parts
}

/** An envelope as JSON text. */
export interface Envelope {
  readonly whole: Buffer
  /** The part of `whole` that is the value of `data`. */
  readonly data: Buffer
}

const BEFORE_DATA = Buffer.from('{"data":')

/** The envelope: `data`, followed by the members of `rest`. */
export function spliceEnvelope(data: readonly Buffer[], rest: object): Envelope {
  const after = Buffer.from(`,${JSON.stringify(rest).slice(1)}`)
  const whole = Buffer.concat([BEFORE_DATA, ...data, after])
  return { whole, data: whole.subarray(BEFORE_DATA.length, whole.length - after.length) }
}
