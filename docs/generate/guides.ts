/** The structure of the reference of keys, and the guides that it links to. */

/** A source has too many keys for one table. Keys in none of these groups are listed under "more keys". */
export const GROUPS: readonly (readonly [title: string, names: readonly string[]])[] = [
  [
    'the request',
    [
      'url',
      'method',
      'params',
      'values',
      'headers',
      'body',
      'bodyType',
      'forwardHeaders',
      'clientAddress',
      'propagate',
      'deadlineHeader',
      'redirects',
      'denyPrivateAddresses',
      'tls',
      'unixSocket',
      'maxConnectionAge',
      'safe',
      'idempotent',
    ],
  ],
  ['the data', ['format', 'select', 'schema', 'validate', 'emptyStatuses', 'maxBytes', 'fallback', 'required']],
  ['errors', ['failWhen', 'errorDetails', 'passStatus', 'exposeHeaders']],
  [
    'time and resilience',
    ['timeout', 'attemptTimeout', 'connectTimeout', 'retry', 'breaker', 'bulkhead', 'hedge', 'rateLimit', 'cache'],
  ],
  ['other sources', ['bind', 'forEach', 'when', 'hidden', 'description']],
]

/** The section that explains a block. */
export const GUIDES: Readonly<Record<string, string>> = {
  server: '[Operations](operations.md)',
  'server.rateLimit': '[Rate limit](access.md#rate-limit)',
  redis: '[Sharing a cache](sharing.md#sharing-a-cache)',
  'server.auth': '[Who gets in](access.md)',
  'server.auth.jwt': '[Tokens](access.md#tokens)',
  'server.cors': '[Browsers on other origins](access.md#browsers-on-other-origins)',
  deadline: '[One deadline for an answer](resilience.md#one-deadline-for-an-answer)',
  cache: '[The cache](resilience.md#the-cache)',
  source: '[Sources](sources.md)',
  'source.params': '[Parameters](sources.md#parameters)',
  'source.bind': '[Values of another source](composing.md#values-of-another-source)',
  'source.forEach': '[One call for each item](composing.md#one-call-for-each-item)',
  'source.tls': '[TLS](sources.md#tls)',
  'source.retry': '[Retries](resilience.md#retries)',
  'source.retry.budget': '[The budget](resilience.md#the-budget)',
  'source.breaker': '[The breaker](resilience.md#the-breaker)',
  'source.bulkhead': '[Rate limit and bulkhead](resilience.md#rate-limit-and-bulkhead)',
  'source.hedge': '[Hedges](resilience.md#hedges)',
  'source.rateLimit': '[Rate limit and bulkhead](resilience.md#rate-limit-and-bulkhead)',
  'source.cache': '[The cache](resilience.md#the-cache)',
  view: '[Views](views.md)',
}

/** The section that explains one key of a source. */
export const KEY_GUIDES: Readonly<Record<string, string>> = {
  url: '[Templates](sources.md#url-templates)',
  params: '[Parameters](sources.md#parameters)',
  headers: '[Placeholders](sources.md#placeholders)',
  body: '[Placeholders](sources.md#placeholders)',
  bodyType: '[Bodies](sources.md#bodies)',
  redirects: '[Redirects](sources.md#redirects-and-addresses)',
  denyPrivateAddresses: '[Addresses](sources.md#redirects-and-addresses)',
  clientAddress: '[The client](sources.md#the-address-of-the-client)',
  unixSocket: '[Addresses](sources.md#redirects-and-addresses)',
  maxConnectionAge: '[Addresses](sources.md#redirects-and-addresses)',
  deadlineHeader: '[Deadline header](sources.md#what-a-source-receives)',
  safe: '[Safe and unsafe sources](sources.md#safe-and-unsafe-sources)',
  format: '[Formats](sources.md#formats)',
  when: '[Conditions](composing.md#conditions)',
  select: '[Select](composing.md#select)',
  failWhen: '[Errors with status 200](errors.md#errors-with-status-200)',
  errorDetails: '[Details](errors.md#details)',
  exposeHeaders: '[Headers of a source](errors.md#headers-of-a-source)',
  passStatus: '[The status of the answer](errors.md#the-status-of-the-answer)',
  timeout: '[Timeouts](resilience.md#timeouts)',
}
