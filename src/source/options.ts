import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Method } from '../core/method.ts'
import type { Expression } from '../json/jmespath.ts'
import type { OAuth2Options } from '../oauth2/options.ts'
import type { BulkheadLimits } from '../policies/bulkhead.ts'
import type { CacheLimits } from '../policies/cache.ts'
import type { BreakerLimits } from '../policies/parts/breaker-state.ts'
import type { BudgetLimits } from '../policies/parts/budget.ts'
import type { Balance } from '../policies/parts/origins.ts'
import type { RateLimits } from '../policies/rate-limit.ts'
import type { RetryLimits } from '../policies/retry.ts'
import type { TransportOptions } from '../transport/options.ts'
import type { BodyTemplate } from './body-template.ts'
import type { BodyType } from './body-types.ts'
import type { ParameterOptions } from './parameter.ts'
import type { HeaderOptions } from './request.ts'
import type { Template, TemplateValue } from './template.ts'

/** Options of a source: its configuration, resolved (durations in milliseconds, sizes in bytes). */
export interface SourceOptions
  extends Omit<HeaderOptions, 'contentType'>,
    Omit<TransportOptions, 'origins' | 'keepsErrors' | 'keptHeaders'> {
  readonly id: string
  /** Whether it is sent the client's address, and the scheme and host that the client asked. */
  readonly clientAddress: boolean
  /** Whether it is sent the request id and the trace context. */
  readonly propagate: boolean
  readonly description: string | null
  readonly template: Template
  /** The template for logs, with values from the environment masked; null if the masked URL is not valid. */
  readonly shownTemplate: Template | null
  /** Where requests go in place of the origin of `template`, each to one of them; null for that origin. Secret. */
  readonly origins: readonly string[] | null
  /** How requests are spread over `origins`. */
  readonly balance: Balance
  readonly method: Method
  /** The body as a template; null for none, and where the client's own body is forwarded. */
  readonly body: BodyTemplate | null
  /** How `body` is written. */
  readonly bodyType: BodyType
  /** Whether the JSON body of the client is sent, byte for byte. */
  readonly forwardsBody: boolean
  /** Whether it, or a source that it depends on, forwards the client's body: then only views that have one ask it. */
  readonly needsBody: boolean
  /** Whether calling it, and all sources it depends on, changes nothing (RFC 9110, section 9.2.1). */
  readonly safe: boolean
  /** Whether a request may be repeated (RFC 9110, section 9.2.2). */
  readonly idempotent: boolean
  readonly params: readonly ParameterOptions[]
  /** Template values that clients cannot set. Secret. */
  readonly values: Readonly<Record<string, TemplateValue>>
  /** Where its access tokens are had; null for a source that is sent none. */
  readonly auth: OAuth2Options | null
  /** Null for one attempt only. */
  readonly retry: RetryLimits | null
  /** Limits of the extra attempts of retries and hedges; null for no limit. */
  readonly budget: BudgetLimits | null
  /** Null for no breaker; the same for the options below. */
  readonly breaker: BreakerLimits | null
  readonly bulkhead: BulkheadLimits | null
  readonly hedge: HedgeOptions | null
  readonly rateLimit: RateLimits | null
  readonly cache: CacheLimits | null
  /** An object, because the value itself may be null. */
  readonly fallback: { readonly value: unknown } | null
  readonly required: boolean
  /** Says of a 2xx body whether it reports an error; null if none does. */
  readonly failWhen: Expression | null
  /** Statuses that become that of an answer, where the failure decides. */
  readonly passStatus: readonly number[]
  /** Names of the headers of its answers that are headers of ours, in lower case. */
  readonly exposeHeaders: readonly string[]
  /** What clients may see of the body of a failed answer; null for nothing. */
  readonly errorDetails: Expression | null
  /** Selects the data from the body; null for the whole body. */
  readonly select: Expression | null
  /** JSON Schema (2020-12) of the data. */
  readonly schema: Readonly<Record<string, unknown>> | null
  /** Whether data that does not match `schema` is a failure; `warn`: it passes, and is logged and counted. */
  readonly validate: boolean | 'warn'
  /** Header with the remaining milliseconds of an attempt; lower case. */
  readonly deadlineHeader: string | null
  readonly hidden: boolean
  /** Template values that are taken from the data of other sources. */
  readonly bind: readonly Binding[]
  /** Template values that are taken from the claims of the client's token. */
  readonly claims: readonly ClaimBinding[]
  /** Makes one call per item of a list in the data of another source. */
  readonly forEach: ForEach | null
  /** Whether it is called; null for always. */
  readonly when: Condition | null
  /** Whether another source or a view's shape uses its data. If so, the parsed value is kept. */
  readonly isRead: boolean
}

/** A template value that is taken from the data of another source. */
export interface Binding {
  /** The template variable. */
  readonly name: string
  /** The id of the source. */
  readonly from: string
  /** Selects the value from that data; null for all of it. */
  readonly select: Expression | null
}

/** A template value that is taken from the claims of the client's token. */
export interface ClaimBinding {
  /** The template variable. */
  readonly name: string
  readonly select: Expression
}

/** A condition for a source to be called. */
export interface Condition {
  /** As written. */
  readonly text: string
  /** Yields true or false. */
  readonly isTrue: Expression
  /** Whether it may read the claims of the client's token. */
  readonly readsClaims: boolean
}

/** Makes one call per item of a list, or for several of them. */
export interface ForEach {
  /** The id of the source whose data holds the list; null for a list of the client. */
  readonly from: string | null
  /** The list parameter of the client; null for a list of another source. */
  readonly param: string | null
  /** Selects the list from the other source's data; null for all of it. */
  readonly select: Expression | null
  /** The template variable that holds the item, or the list of a batch's items. */
  readonly as: string
  /** Maximum number of items; the rest is ignored. */
  readonly limit: number
  /** Maximum number of concurrent calls. */
  readonly concurrency: number
  /** Makes one call for several items; null for one call per item. */
  readonly batch: ForEachBatch | null
}

/** One call for several items of a list. */
export interface ForEachBatch {
  /** Maximum number of items of one call. */
  readonly size: number
  /** Yields the item that an element of the call's data belongs to. */
  readonly key: Expression
}

/** When a hedge starts: after a fixed time, or after a learned time that only this share of the attempts exceeds. */
export type HedgeOptions = { readonly afterMs: number } | { readonly maxExtraLoad: number }

/**
 * Whether what is written for two sources, with defaults filled in, is the same. What depends on other parts of the
 * configuration does not count: who reads the data, and whether all that it needs is safe.
 */
export function sameOptions(one: SourceOptions, other: SourceOptions): boolean {
  return isDeepStrictEqual(writtenOf(one), writtenOf(other))
}

/** A short text that differs where the configurations do; it reveals nothing of them. */
export function digestOf(options: SourceOptions): string {
  return createHash('sha256')
    .update(JSON.stringify(writtenOf(options)))
    .digest('base64url')
    .slice(0, 16)
}

/** Without what depends on other sources and views. Compiled options are replaced by their text. */
function writtenOf({ isRead: _, safe: __, needsBody: ___, ...options }: SourceOptions): object {
  const { template, shownTemplate, body, failWhen, errorDetails, select, bind, claims, forEach, when } = options
  return {
    ...options,
    template: template.text,
    shownTemplate: shownTemplate?.text,
    body: body?.written,
    failWhen: failWhen?.text,
    errorDetails: errorDetails?.text,
    select: select?.text,
    when: when?.text,
    bind: bind.map((binding) => ({ ...binding, select: binding.select?.text })),
    claims: claims.map((claim) => ({ ...claim, select: claim.select.text })),
    forEach: forEach && { ...forEach, select: forEach.select?.text, batch: writtenBatch(forEach.batch) },
  }
}

function writtenBatch(batch: ForEachBatch | null): object | null {
  return batch && { ...batch, key: batch.key.text }
}
