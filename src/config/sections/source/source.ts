import Type from 'typebox'
import type { Scope } from '../../report.ts'
import type { Input } from '../../schema/input.ts'
import { between, block, description, flag, guesses, optional } from '../../schema/parts.ts'
import { bindSchema, resolveBind } from './bind.ts'
import { bodySchema, checkBody, resolveBody } from './body.ts'
import { breakerSchema, checkBreaker, resolveBreaker, warnOfSlowAfter } from './breaker.ts'
import { bulkheadSchema, resolveBulkhead } from './bulkhead.ts'
import { cacheSchema, checkCache, resolveCache } from './cache.ts'
import { checkSchema, dataKeys, maxBytesSchema, resolveData } from './data.ts'
import { forEachSchema, resolveForEach } from './for-each.ts'
import {
  checkDeadlineHeader,
  checkForwardHeaders,
  deadlineHeaderSchema,
  forwardKeys,
  resolveForward,
} from './forward.ts'
import { checkHeaders, headersSchema, mergeHeaders, resolveHeaders } from './headers.ts'
import { checkHedge, hedgeSchema, mergeHedge, resolveHedge, warnOfIdleHedge, warnOfLateHedge } from './hedge.ts'
import { hiddenSchema, resolveHidden } from './hidden.ts'
import { mergeBlock } from './merge.ts'
import { checkSafety, methodKeys, resolveMethod } from './method.ts'
import { checkParamSchemas, checkParams, paramsSchema, resolveParams } from './params.ts'
import { checkRateLimit, rateLimitSchema, resolveRateLimit } from './rate-limit.ts'
import {
  checkRetry,
  mergeRetry,
  resolveBudget,
  resolveRetry,
  retrySchema,
  warnOfAttempts,
  warnOfIdleRetry,
} from './retry.ts'
import { placesOf, type SourceDraft, type SourceScope } from './scope.ts'
import { checkTimeouts, resolveTimeouts, timeoutKeys } from './timeouts.ts'
import {
  checkAddress,
  checkExpandable,
  checkOperators,
  denyPrivateAddressesSchema,
  resolveDenyPrivateAddresses,
  resolveUrl,
  urlSchema,
  warnOfSecretsInTheClear,
} from './url.ts'
import { checkValues, resolveValues, valuesSchema } from './values.ts'
import { checkVariables } from './variables.ts'

/** One source: its blocks together. Each block, and each group of keys, has its own file. */

const DEFAULTS = { required: false, redirects: 0 }

/** The keys that a source and `defaults` share, in the order of the published schema. */
const sharedKeys = {
  ...optional({ description: description('it') }),
  ...methodKeys,
  ...optional({ values: valuesSchema, headers: headersSchema, body: bodySchema }),
  ...forwardKeys,
  ...timeoutKeys,
  ...optional({
    maxBytes: maxBytesSchema,
    retry: retrySchema,
    breaker: breakerSchema,
    bulkhead: bulkheadSchema,
    hedge: hedgeSchema,
    rateLimit: rateLimitSchema,
    cache: cacheSchema,
    fallback: Type.Unknown({
      description: 'Any JSON value, null and false too, used as it is when all else failed. Default: none.',
      examples: [{ articles: [] }],
      alsoCalled: 'default defaultvalue defaults onerror onfailure',
      hint: 'Write for example fallback: { articles: [] }',
    }),
    required: flag({
      description: 'Whether its failure fails the answer.',
      default: DEFAULTS.required,
      examples: [true],
      alsoCalled: 'mandatory critical essential',
      hint: 'Write required: true',
    }),
  }),
  ...dataKeys,
  ...optional({
    redirects: between(0, 10, {
      description: 'How many redirects are followed, on the same origin only: {range}.',
      default: DEFAULTS.redirects,
      examples: [3],
    }),
    denyPrivateAddresses: denyPrivateAddressesSchema,
    deadlineHeader: deadlineHeaderSchema,
    hidden: hiddenSchema,
  }),
}

/** The keys that only a source has. */
export const ownKeys = {
  url: urlSchema,
  ...optional({ params: paramsSchema, bind: bindSchema, forEach: forEachSchema }),
}

/** What both blocks say of keys that they do not have. */
const unknown = {
  planned: [
    ...['clientAddress', 'bodyType', 'auth', 'tls', 'origins', 'balance', 'unixSocket', 'proxy', 'maxConnectionAge'],
    ...['passStatus', 'errorDetails', 'exposeHeaders', 'failWhen', 'when'],
  ],
  guesses: guesses(
    ['optional', 'did you mean "required"? A source is optional unless it says required: true'],
    ['name title label summary tags comment', 'did you mean "description"?'],
    [
      'apikey key token accesstoken bearer secret credentials password basicauth authorization',
      'keys belong in headers or values; write for example headers: { authorization: "Bearer ${API_TOKEN}" }',
    ],
    [
      'enabled disabled active',
      'a source cannot be switched off; take it out, or write hidden: true to keep it out of GET /aggregate',
    ],
    ['urls servers loadbalancer', 'did you mean "origins"?'],
    ['ca cert clientcert', 'did you mean "tls"?'],
    ['if condition unless', 'did you mean "when"?'],
    ['variables vars env', 'did you mean "values" (fixed) or "params" (what a client may pass)?'],
  ),
}

export const defaultsSchema = block(sharedKeys, {
  description:
    'What every source has unless it says otherwise: any source key but url, params, bind and forEach. Blocks merge key by key.',
  examples: [{ timeout: '1s' }],
  ...unknown,
  misplaced: Object.fromEntries(Object.keys(ownKeys).map((key) => [key, 'belongs to each source, not to defaults'])),
})

export const sourceSchema = block(
  { ...ownKeys, ...sharedKeys },
  {
    description: 'One upstream API.',
    examples: [{ url: 'https://api.example/weather{?q}' }],
    ...unknown,
    misplaced: Object.fromEntries(
      ['sources', 'shape'].map((key) => [key, `belongs to a view; write views: { home: { ${key}: … } }`]),
    ),
  },
)

export type DefaultsInput = Input<typeof defaultsSchema>
export type SourceInput = Input<typeof sourceSchema>

/** Merges `defaults` into a source, whose own keys win: blocks key by key, header names ignoring case. */
export function mergeSource(defaults: DefaultsInput, own: SourceInput): SourceInput {
  return {
    ...defaults,
    ...own,
    ...ifWritten('retry', mergeRetry(defaults.retry, own.retry)),
    ...ifWritten('breaker', mergeBlock(defaults.breaker, own.breaker)),
    ...ifWritten('bulkhead', mergeBlock(defaults.bulkhead, own.bulkhead)),
    ...ifWritten('hedge', mergeHedge(defaults.hedge, own.hedge)),
    ...ifWritten('rateLimit', mergeBlock(defaults.rateLimit, own.rateLimit)),
    ...ifWritten('cache', mergeBlock(defaults.cache, own.cache)),
    ...ifWritten('values', mergeBlock(defaults.values, own.values)),
    ...ifWritten('headers', mergeHeaders(defaults.headers, own.headers)),
  }
}

function ifWritten<K extends string, T>(key: K, value: T | undefined): { readonly [key in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]: T })
}

/** Resolves a source; `own` is what it writes itself, `input` has `defaults` merged in. */
export function resolveSource(
  id: string,
  { own, defaults, input, isRead }: { own: SourceInput; defaults: DefaultsInput; input: SourceInput; isRead: boolean },
  scope: Scope,
): SourceDraft {
  const url = resolveUrl(id, own.url, scope)
  const { required, redirects } = { ...DEFAULTS, ...input }
  return {
    id,
    description: input.description ?? null,
    ...url,
    ...resolveMethod(input),
    params: resolveParams(input.params, url.template),
    values: resolveValues(input.values),
    headers: resolveHeaders(input.headers),
    body: resolveBody(own, input),
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
    ...resolveData(input, placesOf(id, own, defaults)('select'), scope),
    redirects,
    denyPrivateAddresses: resolveDenyPrivateAddresses(input.denyPrivateAddresses),
    hidden: resolveHidden(input.hidden),
    bind: resolveBind(id, own.bind, scope),
    forEach: resolveForEach(id, own.forEach, scope),
    isRead,
  }
}

/** Checks everything that the schema cannot say of one source. */
export function checkSource(scope: SourceScope<SourceInput>): void {
  for (const check of CHECKS) check(scope)
}

const CHECKS: readonly ((scope: SourceScope<SourceInput>) => void)[] = [
  checkVariables,
  checkExpandable,
  checkOperators,
  checkParams,
  checkParamSchemas,
  checkValues,
  checkBody,
  checkHeaders,
  checkForwardHeaders,
  checkDeadlineHeader,
  checkAddress,
  checkTimeouts,
  checkRetry,
  checkBreaker,
  checkHedge,
  checkRateLimit,
  checkCache,
  checkSafety,
  checkSchema,
  warnOfIdleHedge,
  warnOfIdleRetry,
  warnOfAttempts,
  warnOfLateHedge,
  warnOfSlowAfter,
  warnOfSecretsInTheClear,
]
