import type { Scope } from '../../schema/report.ts'
import { addressChecks, resolveAddresses } from './addresses.ts'
import { authChecks, resolveAuth } from './auth.ts'
import { resolveBind } from './bind.ts'
import { bodyChecks, resolveBody } from './body.ts'
import { breakerChecks, resolveBreaker } from './breaker.ts'
import { resolveBulkhead } from './bulkhead.ts'
import { cacheChecks, resolveCache } from './cache.ts'
import { dataChecks, resolveData } from './data.ts'
import { errorChecks, resolveErrors } from './errors.ts'
import { forEachChecks, resolveForEach } from './for-each.ts'
import { forwardChecks, resolveForward } from './forward.ts'
import { headersChecks, resolveHeaders } from './headers.ts'
import { hedgeChecks, resolveHedge } from './hedge.ts'
import { resolveHidden } from './hidden.ts'
import { methodChecks, resolveMethod } from './method.ts'
import { originChecks, resolveOrigins } from './origins.ts'
import { paramsChecks, resolveParams } from './params.ts'
import { rateLimitChecks, resolveRateLimit } from './rate-limit.ts'
import { resolveBudget, resolveRetry, retryChecks } from './retry.ts'
import { type Checks, placesOf, type SourceDraft, type SourceScope } from './scope.ts'
import { type DefaultsInput, SOURCE_DEFAULTS, type SourceInput } from './source.ts'
import { resolveTimeouts, timeoutChecks } from './timeouts.ts'
import { resolveTls, tlsChecks } from './tls.ts'
import { resolveDenyPrivateAddresses, resolveUrl, urlChecks } from './url.ts'
import { resolveValues, valuesChecks } from './values.ts'
import { variableChecks } from './variables.ts'
import { resolveWhen } from './when.ts'

/** The input of one source. */
interface Written {
  /** Written in the source itself. */
  readonly own: SourceInput
  readonly defaults: DefaultsInput
  /** Both, merged. */
  readonly input: SourceInput
  /** Whether another source or a view's shape reads its data. */
  readonly isRead: boolean
}

/** Resolves a source, block by block. Reports templates, expressions and schemas that do not compile. */
export function resolveSource(id: string, { own, defaults, input, isRead }: Written, scope: Scope): SourceDraft {
  const url = resolveUrl(id, own.url, scope)
  const pathOf = placesOf(id, own, defaults)
  const { required, redirects } = { ...SOURCE_DEFAULTS, ...input }
  return {
    id,
    description: input.description ?? null,
    ...url,
    ...resolveMethod(input),
    params: resolveParams(input.params, url.template),
    values: resolveValues(input.values),
    headers: resolveHeaders(input.headers),
    ...resolveBody(own, input),
    ...resolveForward(input),
    ...resolveTimeouts(input),
    retry: resolveRetry(input.retry),
    budget: resolveBudget(input.retry),
    breaker: resolveBreaker(input.breaker),
    bulkhead: resolveBulkhead(input.bulkhead),
    hedge: resolveHedge(input.hedge),
    rateLimit: resolveRateLimit(input.rateLimit),
    cache: resolveCache(input.cache),
    fallback: 'fallback' in input ? { value: input.fallback } : null,
    required,
    ...resolveData(input, pathOf('select'), scope),
    ...resolveErrors(input, pathOf, scope),
    redirects,
    denyPrivateAddresses: resolveDenyPrivateAddresses(input.denyPrivateAddresses),
    ...resolveOrigins(input, pathOf, scope),
    ...resolveAddresses(input, pathOf, scope),
    auth: resolveAuth(input.auth),
    tls: resolveTls(input.tls, pathOf, scope),
    hidden: resolveHidden(input.hidden),
    ...resolveBind(id, own.bind, scope),
    forEach: resolveForEach(id, own.forEach, scope),
    when: resolveWhen(input.when, placesOf(id, own, defaults)('when'), scope),
    isRead,
  }
}

/** Makes all checks of one source that a schema cannot express, and warns of settings without effect. */
export function checkSource(scope: SourceScope<SourceInput>): void {
  for (const check of CHECKS) check(scope)
}

const CHECKS: Checks<SourceScope<SourceInput>> = [
  ...variableChecks,
  ...urlChecks,
  ...paramsChecks,
  ...valuesChecks,
  ...bodyChecks,
  ...headersChecks,
  ...forwardChecks,
  ...timeoutChecks,
  ...authChecks,
  ...tlsChecks,
  ...originChecks,
  ...addressChecks,
  ...retryChecks,
  ...breakerChecks,
  ...hedgeChecks,
  ...rateLimitChecks,
  ...cacheChecks,
  ...methodChecks,
  ...forEachChecks,
  ...dataChecks,
  ...errorChecks,
]
