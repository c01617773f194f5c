import { isDeepStrictEqual } from 'node:util'
import type { Expression } from '../json/jmespath.ts'
import type { BulkheadLimits } from '../policies/bulkhead.ts'
import type { CacheLimits } from '../policies/cache.ts'
import type { BreakerLimits } from '../policies/parts/breaker-state.ts'
import type { BudgetLimits } from '../policies/parts/budget.ts'
import type { RateLimits } from '../policies/rate-limit.ts'
import type { RetryLimits } from '../policies/retry.ts'
import type { TransportOptions } from '../transport/options.ts'
import type { BodyTemplate } from './body-template.ts'
import type { ParameterOptions } from './parameter.ts'
import type { HeaderOptions } from './request.ts'
import type { Template, TemplateValue } from './template.ts'

/** What a source is made of: its part of the configuration, resolved (durations in milliseconds, sizes in bytes). */
export interface SourceOptions extends Omit<HeaderOptions, 'hasBody'>, Omit<TransportOptions, 'origin'> {
  readonly id: string
  /** Whether it is sent the ids of the client's request and of the trace. */
  readonly propagate: boolean
  readonly description: string | null
  readonly template: Template
  /** The same for logs, with a mask for what came from the environment; null where that makes no URL. */
  readonly shownTemplate: Template | null
  readonly method: 'GET' | 'POST'
  /** What a POST sends; null for nothing. */
  readonly body: BodyTemplate | null
  /** Whether asking it, and all that it takes data from, changes nothing (RFC 9110, section 9.2.1). */
  readonly safe: boolean
  readonly params: readonly ParameterOptions[]
  /** Template values that no client can set. Secret. */
  readonly values: Readonly<Record<string, TemplateValue>>
  /** Null for one attempt only. */
  readonly retry: RetryLimits | null
  /** Of the extra attempts that retries and hedges may make; null for no bound. */
  readonly budget: BudgetLimits | null
  /** Null for none, as in all that follow. */
  readonly breaker: BreakerLimits | null
  readonly bulkhead: BulkheadLimits | null
  readonly hedge: HedgeOptions | null
  readonly rateLimit: RateLimits | null
  readonly cache: CacheLimits | null
  /** The value may be null or false itself. */
  readonly fallback: { readonly value: unknown } | null
  readonly required: boolean
  /** What becomes of the body; null for all of it. */
  readonly select: Expression | null
  /** JSON Schema (2020-12) of the data. */
  readonly schema: Readonly<Record<string, unknown>> | null
  /** Whether data that does not fit `schema` is refused. */
  readonly validate: boolean
  /** The header that tells the source how many milliseconds an attempt has; lower case. */
  readonly deadlineHeader: string | null
  readonly hidden: boolean
  /** Template values that come from other sources' data. */
  readonly bind: readonly Binding[]
  /** One call for each item of a list in another source's data. */
  readonly forEach: ForEach | null
  /** Whether another source or a view's shape reads its data, so that its value is worth keeping. */
  readonly isRead: boolean
}

/** A template value that is taken from another source's data. */
export interface Binding {
  /** The template variable. */
  readonly name: string
  /** The id of the source. */
  readonly from: string
  /** What is taken of its data; null for all of it. */
  readonly select: Expression | null
}

export interface ForEach {
  /** The id of the source whose data holds the list. */
  readonly from: string
  /** Where in that data the list is; null for all of it. */
  readonly select: Expression | null
  /** The template variable that each item becomes. */
  readonly as: string
  /** Items beyond it are cut off. */
  readonly limit: number
  /** Calls at once. */
  readonly concurrency: number
}

/** When a hedge starts: after a fixed time, or so late that only this share of the calls ever has one. */
export type HedgeOptions = { readonly afterMs: number } | { readonly maxExtraLoad: number }

/** Whether two sources are configured alike: what is compiled is compared as it was written. */
export function sameOptions(one: SourceOptions, other: SourceOptions): boolean {
  return isDeepStrictEqual(writtenOf(one), writtenOf(other))
}

function writtenOf(options: SourceOptions): object {
  const { template, shownTemplate, body, select, bind, forEach } = options
  return {
    ...options,
    template: template.text,
    shownTemplate: shownTemplate?.text,
    body: body?.written,
    select: select?.text,
    bind: bind.map((binding) => ({ ...binding, select: binding.select?.text })),
    forEach: forEach && { ...forEach, select: forEach.select?.text },
  }
}
