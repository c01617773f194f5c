import Type from 'typebox'
import { type Input, mergeBlock } from '../../schema/input.ts'
import { guesses, guessesOf, perKey } from '../../schema/keywords.ts'
import { between, block, description, flag, optional } from '../../schema/parts.ts'
import { addressKeys } from './addresses.ts'
import { authSchema, mergeAuth } from './auth.ts'
import { bindSchema } from './bind.ts'
import { bodyKeys } from './body.ts'
import { breakerSchema } from './breaker.ts'
import { bulkheadSchema } from './bulkhead.ts'
import { cacheSchema } from './cache.ts'
import { dataKeys, maxBytesSchema } from './data.ts'
import { errorKeys } from './errors.ts'
import { forEachSchema } from './for-each.ts'
import { deadlineHeaderSchema, forwardKeys } from './forward.ts'
import { headersSchema, mergeHeaders } from './headers.ts'
import { hedgeSchema, mergeHedge } from './hedge.ts'
import { hiddenSchema } from './hidden.ts'
import { methodKeys } from './method.ts'
import { originKeys } from './origins.ts'
import { paramsSchema } from './params.ts'
import { rateLimitSchema } from './rate-limit.ts'
import { mergeRetry, retrySchema } from './retry.ts'
import { timeoutKeys } from './timeouts.ts'
import { tlsSchema } from './tls.ts'
import { denyPrivateAddressesSchema, urlSchema } from './url.ts'
import { valuesSchema } from './values.ts'
import { whenSchema } from './when.ts'

/** The schema of one source: its blocks together. Each block, and each group of keys, has its own file. */

/** Defaults of the keys that have no file of their own. */
export const SOURCE_DEFAULTS = { required: false, redirects: 0 }

/** The keys that a source and `defaults` share, in the order of the published schema. */
const sharedKeys = {
  ...optional({ description: description('the source') }),
  ...methodKeys,
  ...optional({ values: valuesSchema, headers: headersSchema }),
  ...bodyKeys,
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
      default: SOURCE_DEFAULTS.required,
      examples: [true],
      alsoCalled: 'mandatory critical essential',
      hint: 'Write required: true',
    }),
  }),
  ...dataKeys,
  ...errorKeys,
  ...originKeys,
  ...addressKeys,
  ...optional({
    redirects: between(0, 10, {
      description: 'How many redirects are followed, on the same origin only: {range}.',
      default: SOURCE_DEFAULTS.redirects,
      examples: [3],
    }),
    denyPrivateAddresses: denyPrivateAddressesSchema,
    auth: authSchema,
    tls: tlsSchema,
    deadlineHeader: deadlineHeaderSchema,
    hidden: hiddenSchema,
    when: whenSchema,
  }),
}

/** The keys that only a source has. */
export const ownKeys = {
  url: urlSchema,
  ...optional({ params: paramsSchema, bind: bindSchema, forEach: forEachSchema }),
}

export const SOURCE_EXAMPLE = { url: 'https://api.example/weather{?q}' }

/** Hints for unknown keys, in a source and in `defaults`. */
const unknown = {
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
    ['ca cert clientcert cacert cafile', 'did you mean "tls"? Write for example tls: { ca: ca.pem }'],
    ['noproxy', 'the environment variable NO_PROXY says so where proxy: environment is written'],
    ['variables vars env', 'did you mean "values" (fixed) or "params" (what a client may pass)?'],
  ),
}

export const defaultsSchema = block(sharedKeys, {
  description: 'Defaults of all sources: any source key except url, params, bind and forEach. Blocks merge key by key.',
  examples: [{ timeout: '1s' }],
  ...unknown,
  guesses: { ...unknown.guesses, ...guessesOf(ownKeys) },
  misplaced: perKey(Object.keys(ownKeys), () => 'belongs to each source, not to defaults'),
})

export const sourceSchema = block(
  { ...ownKeys, ...sharedKeys },
  {
    description: 'One upstream API.',
    examples: [SOURCE_EXAMPLE],
    ...unknown,
    misplaced: perKey(['sources', 'shape'], (key) => `belongs to a view; write views: { home: { ${key}: … } }`),
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
    ...ifWritten('auth', mergeAuth(defaults.auth, own.auth)),
    ...ifWritten('tls', mergeBlock(defaults.tls, own.tls)),
    ...ifWritten('values', mergeBlock(defaults.values, own.values)),
    ...ifWritten('headers', mergeHeaders(defaults.headers, own.headers)),
  }
}

function ifWritten<K extends string, T>(key: K, value: T | undefined): { readonly [key in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]: T })
}
