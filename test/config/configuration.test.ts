import t from 'tap'
import { configOf, MINIMAL, oneSource, sourceOf, warningsOf } from './support.ts'

t.test('keys that are not written have their defaults', async (t) => {
  const { server, deadline, cache, sources, views } = configOf(MINIMAL)
  t.same(server, {
    host: '127.0.0.1',
    port: 3000,
    operationsPort: null,
    trustProxy: false,
    docs: true,
    serverTiming: true,
    explain: true,
    simulate: false,
    unknownQuery: 'refuse',
    compress: true,
    maxInFlight: 1000,
    maxBodyBytes: 65_536,
    maxAttempts: 1000,
    maxAnswerBytes: 33_554_432,
    drainDelayMs: 0,
    shutdownTimeoutMs: 10_000,
    rateLimit: null,
    auth: null,
    cors: null,
  })
  t.same(deadline, { defaultMs: 2000, maxMs: 10_000, reserveMs: 25 })
  t.same(cache, { maxBytes: 67_108_864 })
  t.equal(views.size, 0)
  const { template, shownTemplate, ...source } = sources.get('a') ?? {}
  t.equal(template?.origin, 'https://a.example')
  t.equal(shownTemplate, template)
  t.same(source, {
    id: 'a',
    description: null,
    method: 'GET',
    safe: true,
    body: null,
    forwardsBody: false,
    needsBody: false,
    idempotent: true,
    params: [],
    values: {},
    headers: {},
    forwardHeaders: [],
    clientAddress: false,
    bodyType: 'json',
    propagate: true,
    timeoutMs: 1000,
    attemptTimeoutMs: null,
    connectTimeoutMs: 300,
    maxBytes: 1_048_576,
    retry: { attempts: 2, baseDelayMs: 25, maxDelayMs: 250, minTimeMs: 10 },
    budget: { ratio: 0.2, minPerSecond: 3 },
    breaker: {
      windowMs: 10_000,
      minCalls: 20,
      failureRate: 0.5,
      openForMs: 5000,
      slowAfterMs: null,
      slowRate: 0.5,
    },
    bulkhead: { maxInFlight: 100, maxQueue: Number.POSITIVE_INFINITY },
    hedge: null,
    rateLimit: null,
    cache: null,
    fallback: null,
    required: false,
    emptyStatuses: [],
    failWhen: null,
    passStatus: [],
    exposeHeaders: [],
    errorDetails: null,
    format: 'json',
    select: null,
    schema: null,
    validate: false,
    redirects: 0,
    denyPrivateAddresses: false,
    auth: null,
    tls: null,
    origins: null,
    balance: 'roundRobin',
    unixSocket: null,
    proxy: null,
    maxConnectionAgeMs: 300_000,
    deadlineHeader: null,
    hidden: false,
    bind: [],
    claims: [],
    forEach: null,
    when: null,
    isRead: false,
  })
})

t.test('every key is resolved', async (t) => {
  const config = configOf(`
server:
  host: 0.0.0.0
  port: 0
  operationsPort: 9464
  trustProxy: [10.0.0.0/8, "::1", loopback]
  serverTiming: false
  explain: false
  simulate: true
  unknownQuery: ignore
  compress: false
  maxInFlight: 5
  maxBody: 1mb
  maxAttempts: 7
  maxAnswerBytes: 2mb
  drainDelay: 5s
  shutdownTimeout: 0
  rateLimit: { max: 100, per: 1m }
  cors: { origins: [https://app.example] }
deadline: { default: 1s, max: 3s, reserve: 0 }
cache: { maxBytes: 1mb }
sources:
  user:
    description: Users
    url: https://users.example/{id}{?lang,key}
    method: GET
    idempotent: true
    params:
      id: { type: integer }
      lang: { type: string, default: en, required: true }
    values: { key: [1, true, x] }
    headers: { X-Tenant: one }
    forwardHeaders: [Authorization, authorization, Cookie]
    clientAddress: true
    propagate: false
    timeout: 900ms
    attemptTimeout: 200ms
    connectTimeout: 100ms
    maxBytes: 2kb
    retry: { attempts: 3, baseDelay: 0, maxDelay: 1s, minTime: 20ms, budget: { ratio: 1, minPerSecond: 0.5 } }
    breaker: { window: 20s, minCalls: 1, failureRate: 1, openFor: 1s, slowAfter: 150ms, slowRate: 0.1 }
    bulkhead: { maxQueue: 0 }
    hedge: { after: 80ms }
    rateLimit: { max: 50, per: 1s }
    cache: { ttl: 30s, staleWhileRevalidate: 1m, staleIfError: 10m }
    fallback: { users: [] }
    required: true
    format: json
    emptyStatuses: [404, 410]
    passStatus: [403, 409, 403]
    schema: { type: object }
    validate: true
    redirects: 10
    denyPrivateAddresses: true
    origins: [https://A.example:443/, https://b.example:8443]
    balance: failover
    deadlineHeader: X-Request-Timeout-Ms
    hidden: false
views:
  list: { description: As a list, sources: [user] }
  map: { sources: { me: { source: user, params: { id: 7 }, required: false }, user: {} }, deadline: 500ms }
`)
  t.same(config.server, {
    host: '0.0.0.0',
    port: 0,
    operationsPort: 9464,
    trustProxy: ['10.0.0.0/8', '::1', 'loopback'],
    docs: true,
    serverTiming: false,
    explain: false,
    simulate: true,
    unknownQuery: 'ignore',
    compress: false,
    maxInFlight: 5,
    maxBodyBytes: 1_048_576,
    maxAttempts: 7,
    maxAnswerBytes: 2_097_152,
    drainDelayMs: 5000,
    shutdownTimeoutMs: 0,
    rateLimit: { max: 100, perMs: 60_000 },
    auth: null,
    cors: { origins: ['https://app.example'], credentials: false },
  })
  t.same(config.deadline, { defaultMs: 1000, maxMs: 3000, reserveMs: 0 })
  t.same(config.cache, { maxBytes: 1_048_576 })
  const { template, shownTemplate, ...user } = config.sources.get('user') ?? {}
  t.equal(shownTemplate, template)
  t.same(template?.expand({ id: 1, lang: 'en', key: 'k' }), { path: '/1?lang=en&key=k' })
  t.same(user, {
    id: 'user',
    description: 'Users',
    method: 'GET',
    safe: true,
    body: null,
    forwardsBody: false,
    needsBody: false,
    idempotent: true,
    params: [
      { name: 'id', schema: { type: 'integer' }, required: true, default: undefined },
      { name: 'lang', schema: { type: 'string', default: 'en' }, required: true, default: 'en' },
    ],
    values: { key: [1, true, 'x'] },
    headers: { 'x-tenant': 'one' },
    forwardHeaders: ['authorization', 'cookie'],
    clientAddress: true,
    bodyType: 'json',
    propagate: false,
    timeoutMs: 900,
    attemptTimeoutMs: 200,
    connectTimeoutMs: 100,
    maxBytes: 2048,
    retry: { attempts: 3, baseDelayMs: 0, maxDelayMs: 1000, minTimeMs: 20 },
    budget: { ratio: 1, minPerSecond: 0.5 },
    breaker: { windowMs: 20_000, minCalls: 1, failureRate: 1, openForMs: 1000, slowAfterMs: 150, slowRate: 0.1 },
    bulkhead: { maxInFlight: 100, maxQueue: 0 },
    hedge: { afterMs: 80 },
    rateLimit: { max: 50, perMs: 1000 },
    cache: { ttlMs: 30_000, staleWhileRevalidateMs: 60_000, staleIfErrorMs: 600_000 },
    fallback: { value: { users: [] } },
    required: true,
    emptyStatuses: [404, 410],
    failWhen: null,
    passStatus: [403, 409],
    exposeHeaders: [],
    errorDetails: null,
    format: 'json',
    select: null,
    schema: { type: 'object' },
    validate: true,
    redirects: 10,
    denyPrivateAddresses: true,
    auth: null,
    tls: null,
    origins: ['https://a.example', 'https://b.example:8443'],
    balance: 'failover',
    unixSocket: null,
    proxy: null,
    maxConnectionAgeMs: 300_000,
    deadlineHeader: 'x-request-timeout-ms',
    hidden: false,
    bind: [],
    claims: [],
    forEach: null,
    when: null,
    isRead: false,
  })
  t.same(
    [...config.views.values()],
    [
      {
        id: 'list',
        description: 'As a list',
        method: 'GET',
        path: null,
        deadlineMs: 1000,
        entries: [{ key: 'user', source: 'user', params: {}, required: true }],
        shape: null,
      },
      {
        id: 'map',
        description: null,
        method: 'GET',
        path: null,
        deadlineMs: 500,
        entries: [
          { key: 'me', source: 'user', params: { id: 7 }, required: false },
          { key: 'user', source: 'user', params: {}, required: true },
        ],
        shape: null,
      },
    ],
  )
})

t.test('sources and views keep the order they are written in', async (t) => {
  const url = '{ url: "https://a.example/" }'
  const { sources } = configOf(`sources: { z: ${url}, a: ${url}, m: ${url} }`)
  t.same([...sources.keys()], ['z', 'a', 'm'])
})

t.test('values from the environment reach blocks, and blocks in them, as numbers', async (t) => {
  const source = sourceOf(
    'retry: { attempts: "${A}", budget: { ratio: "${R}" } }, breaker: { failureRate: "${R}" }, redirects: "${A}"',
    { A: '3', R: '0.5' },
  )
  t.same([source.retry?.attempts, source.budget?.ratio, source.breaker?.failureRate], [3, 0.5, 0.5])
  t.equal(source.redirects, 3)
})

t.test('no warnings', async (t) => {
  t.same(warningsOf(MINIMAL), [])
})

t.test('warnings come along with problems', async (t) => {
  t.same(warningsOf(oneSource('timeout: 3s, nonsense: 1')).length, 1)
})
