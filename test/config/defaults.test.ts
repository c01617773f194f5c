import t from 'tap'
import { configOf, MINIMAL, sourceOf } from './support.ts'

t.test('what is not written is the default', async (t) => {
  const { server, deadline, sources, views } = configOf(MINIMAL)
  t.same(server, {
    host: '127.0.0.1',
    port: 3000,
    trustProxy: false,
    docs: true,
    serverTiming: true,
    explain: true,
    compress: true,
    maxInFlight: 1000,
    drainDelayMs: 0,
    shutdownTimeoutMs: 10_000,
  })
  t.same(deadline, { defaultMs: 2000, maxMs: 10_000, reserveMs: 25 })
  t.equal(views.size, 0)
  const { template, ...source } = sources.get('a') ?? {}
  t.equal(template?.origin, 'https://a.example')
  t.same(source, {
    id: 'a',
    description: null,
    method: 'GET',
    params: [],
    values: {},
    headers: {},
    forwardHeaders: [],
    propagate: true,
    timeoutMs: 1000,
    attemptTimeoutMs: null,
    connectTimeoutMs: 300,
    maxBytes: 1_048_576,
    bulkhead: { maxInFlight: 100, maxQueue: 100 },
    fallback: null,
    required: false,
    emptyStatuses: [],
    schema: null,
    validate: false,
    hidden: false,
  })
})

t.test('every key arrives', async (t) => {
  const config = configOf(`
server:
  host: 0.0.0.0
  port: 0
  trustProxy: [10.0.0.0/8, "::1", loopback]
  serverTiming: false
  explain: false
  compress: false
  maxInFlight: 5
  drainDelay: 5s
  shutdownTimeout: 0
deadline: { default: 1s, max: 3s, reserve: 0 }
sources:
  user:
    description: Users
    url: https://users.example/{id}{?lang,key}
    method: GET
    params:
      id: { type: integer }
      lang: { type: string, default: en, required: true }
    values: { key: [1, true, x] }
    headers: { X-Tenant: one }
    forwardHeaders: [Authorization, authorization, Cookie]
    propagate: false
    timeout: 900ms
    attemptTimeout: 200ms
    connectTimeout: 100ms
    maxBytes: 2kb
    bulkhead: { maxQueue: 0 }
    fallback: { users: [] }
    required: true
    format: json
    emptyStatuses: [404, 410]
    schema: { type: object }
    validate: true
    hidden: false
views:
  list: { description: As a list, sources: [user] }
  map: { sources: { me: { source: user, params: { id: 7 }, required: false }, user: {} }, deadline: 500ms }
`)
  t.same(config.server, {
    host: '0.0.0.0',
    port: 0,
    trustProxy: ['10.0.0.0/8', '::1', 'loopback'],
    docs: true,
    serverTiming: false,
    explain: false,
    compress: false,
    maxInFlight: 5,
    drainDelayMs: 5000,
    shutdownTimeoutMs: 0,
  })
  t.same(config.deadline, { defaultMs: 1000, maxMs: 3000, reserveMs: 0 })
  const { template, ...user } = config.sources.get('user') ?? {}
  t.same(template?.expand({ id: 1, lang: 'en', key: 'k' }), { path: '/1?lang=en&key=k' })
  t.same(user, {
    id: 'user',
    description: 'Users',
    method: 'GET',
    params: [
      { name: 'id', schema: { type: 'integer' }, required: true, default: undefined },
      { name: 'lang', schema: { type: 'string', default: 'en' }, required: true, default: 'en' },
    ],
    values: { key: [1, true, 'x'] },
    headers: { 'x-tenant': 'one' },
    forwardHeaders: ['authorization', 'cookie'],
    propagate: false,
    timeoutMs: 900,
    attemptTimeoutMs: 200,
    connectTimeoutMs: 100,
    maxBytes: 2048,
    bulkhead: { maxInFlight: 100, maxQueue: 0 },
    fallback: { value: { users: [] } },
    required: true,
    emptyStatuses: [404, 410],
    schema: { type: 'object' },
    validate: true,
    hidden: false,
  })
  t.same(
    [...config.views.values()],
    [
      {
        id: 'list',
        description: 'As a list',
        deadlineMs: 1000,
        entries: [{ key: 'user', source: 'user', params: {}, required: true }],
      },
      {
        id: 'map',
        description: null,
        deadlineMs: 500,
        entries: [
          { key: 'me', source: 'user', params: { id: 7 }, required: false },
          { key: 'user', source: 'user', params: {}, required: true },
        ],
      },
    ],
  )
})

t.test('sources and views keep the order they are written in', async (t) => {
  const url = '{ url: "https://a.example/" }'
  const { sources } = configOf(`sources: { z: ${url}, a: ${url}, m: ${url} }`)
  t.same([...sources.keys()], ['z', 'a', 'm'])
})

t.test('the connect timeout is capped by the shorter of the others', async (t) => {
  t.equal(sourceOf('timeout: 200ms').connectTimeoutMs, 200)
  t.equal(sourceOf('attemptTimeout: 100ms').connectTimeoutMs, 100)
  t.equal(sourceOf('attemptTimeout: 100ms', {}, 'connectTimeout: 400ms').connectTimeoutMs, 100)
})

t.test('a fallback may be any JSON value', async (t) => {
  t.same(sourceOf('fallback: null').fallback, { value: null })
  t.same(sourceOf('fallback: false').fallback, { value: false })
  t.same(sourceOf('fallback:').fallback, { value: null })
  t.same(sourceOf('fallback: [1, {a: b}]').fallback, { value: [1, { a: 'b' }] })
})

t.test('whether a parameter is required', async (t) => {
  const required = (url: string, param: string) =>
    sourceOf(`url: "https://a.example${url}", params: { p: { ${param} } }`).params[0]?.required
  t.equal(required('{?p}', ''), false)
  t.equal(required('{?p}', 'required: true'), true)
  t.equal(required('?p={p}', ''), false, 'a query is no path')
  t.equal(required('/{p}', ''), true)
  t.equal(required('/{p}', 'default: x'), false)
  t.equal(required('/{p}', 'default: x, required: true'), true)
  t.equal(required('{/p}', ''), true)
  t.equal(required('{/p}', 'required: false'), false, 'it may vanish from the path where that is wanted')
  t.equal(required('/a{.p}', 'required: false'), false)
})

t.test("a parameter's own `required` is not part of its schema, JSON Schema's is", async (t) => {
  const schema = (param: string) =>
    sourceOf(`url: "https://a.example{?p*}", params: { p: { ${param} } }`).params[0]?.schema
  t.same(schema('type: string, required: true'), { type: 'string' })
  t.same(schema('type: object, required: [a]'), { type: 'object', required: ['a'] })
})
