import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import type { FastifyInstance, RouteOptions } from 'fastify'
import t from 'tap'
import { parse } from 'yaml'
import { FAILURE_CODES } from '../../src/core/failure.ts'
import { PROBLEMS, problemType } from '../../src/http/problem.ts'
import { newAjv } from '../../src/json/json-schema.ts'
import { codeRows, SHOWN_CODES } from '../../src/openapi/codes.ts'
import { COMMITTED, demoDocument, documentFor, type Json, UNLIKE_THE_DEMO } from './service.ts'

/** The document against what it is about: the code, the routes, and itself. */

/** Routes that are no part of the interface. HEAD goes without saying, by HTTP. */
const HIDDEN = /^(HEAD |GET \/docs(\/|$)|GET \/$)/

t.test('openapi.yaml is the document of the demo', async (t) => {
  const committed = parse(readFileSync(COMMITTED, 'utf8'))
  t.same(committed, await demoDocument(), 'it is stale; renew it with: npm run -s openapi > openapi.yaml')
})

t.test('the document and the routes are the same', async (t) => {
  const routes = new Set<string>()
  const document = await recording(routes, demoDocument)
  const documented = Object.entries<object>(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const served = [...routes].filter((route) => !HIDDEN.test(route))
  t.ok(served.includes('GET /aggregate/home') && served.includes('POST /aggregate'), 'the routes are found')
  t.same(served.sort(), documented.sort())
})

/** What is done, while every route that an app is given is noted. */
async function recording<T>(routes: Set<string>, work: () => Promise<T>): Promise<T> {
  const note = ({ method, url, config }: RouteOptions) => {
    // it only refuses the methods that the path does not have (src/plugins/methods.ts)
    if (config?.allow !== undefined) return
    for (const verb of [method].flat()) routes.add(`${verb} ${url}`)
  }
  const watch = (message: unknown) =>
    void (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', (route) => note(route))
  subscribe('fastify.initialization', watch)
  const result = await work()
  unsubscribe('fastify.initialization', watch)
  return result
}

t.test('every failure code, with an example', async (t) => {
  const { components, info } = await demoDocument()
  const { properties, examples } = components.schemas.FailedSource
  const codes = Object.keys(FAILURE_CODES).filter((code) => code !== 'cancelled')
  t.same([...SHOWN_CODES].sort(), codes.sort(), 'cancelled is told to nobody')
  t.same([...properties.code.enum].sort(), codes)
  t.same(examples.map(({ code }: { code: string }) => code).sort(), codes)
  for (const row of codeRows()) t.ok(info.description.includes(`| ${row.join(' | ')} |`), `${row[0]} is explained`)
})

t.test('every kind of problem, with an example', async (t) => {
  const document = await demoDocument()
  const types = (Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[]).map(problemType)
  t.same([...document.components.schemas.Problem.properties.type.enum].sort(), types.sort())
  const shown = new Set(examplesOf(document).map(({ value }) => value.type))
  for (const name of ['invalid-request', 'not-ready', 'sources-failed', 'sources-unavailable', 'sources-timed-out'])
    t.ok(shown.has(`urn:tributary:problem:${name}`), name)
})

t.test('what routes share is one response, with the statuses it stands for', async (t) => {
  const { paths } = await demoDocument()
  const statusesOf = (path: string, method: string) => {
    const { description, content } = paths[path][method].responses.default
    const { enum: statuses } = content['application/problem+json'].schema.allOf[1].properties.status
    for (const status of statuses) t.ok(description.includes(`[${status}](/docs/problems#`), `${path} ${status}`)
    return statuses
  }
  const always = [408, 414, 431, 500, 501]
  t.same(statusesOf('/health/live', 'get'), always)
  t.same(statusesOf('/aggregate', 'get'), [406, ...always])
  t.same(statusesOf('/aggregate/home', 'get'), [404, 406, ...always])
  t.same(statusesOf('/aggregate', 'post'), [406, 408, 413, 414, 415, 431, 500, 501])
  t.same(Object.keys(paths['/aggregate'].get.responses), ['200', '204', '304', '400', '502', '503', '504', 'default'])
})

t.test('every header that an answer has', async (t) => {
  const document = await demoDocument()
  const headers = document.paths['/aggregate'].get.responses[200].headers
  t.same(Object.keys(headers).sort(), [
    ...['Aggregate-Partial', 'Cache-Control', 'ETag', 'Preference-Applied', 'Server-Timing', 'X-Accel-Buffering'],
    'X-Request-Id',
  ])
  for (const name of ['RequestId', 'AggregatePartial', 'ServerTiming', 'PreferenceApplied', 'RetryAfter'])
    t.ok(document.components.headers[name], name)
})

t.test('an answer by sources: complete, partial and failed, with its own sources', async (t) => {
  const { paths } = await demoDocument()
  for (const path of ['/aggregate', '/aggregate/home', '/aggregate/cities', '/aggregate/newsdesk']) {
    const { responses } = paths[path].get
    t.same(Object.keys(responses[200].content['application/json'].examples), ['complete', 'partial'], path)
    for (const status of [502, 503, 504]) {
      const [first] = Object.values<Json>(responses[status].content['application/problem+json'].examples)
      t.equal(first.value.instance, path)
      t.ok(
        first.value.failedSources[0].id in responses[200].content['application/json'].schema.properties.data.properties,
      )
    }
  }
})

t.test('every operation that asks sources has examples of a complete, a partial and a failed answer', async (t) => {
  const { paths } = await demoDocument()
  const operations = Object.entries<Json>(paths).flatMap(([path, one]) =>
    path.startsWith('/aggregate') ? Object.values<Json>(one).map((operation) => ({ path, ...operation })) : [],
  )
  t.equal(operations.length, 6)
  for (const { path, operationId, responses } of operations) {
    const { complete, partial } = responses[200].content['application/json'].examples
    t.match(complete.value, { failedSources: [], partial: false }, operationId)
    t.match(partial.value, { failedSources: [{ code: 'http_response_timeout' }], partial: true }, operationId)
    t.not(JSON.stringify(complete.value.data), JSON.stringify(partial.value.data), 'data shows what is missing')
    for (const [status, name] of [
      [502, 'failed'],
      [503, 'unavailable'],
      [504, 'timed-out'],
    ] as const) {
      const { value } = responses[status].content['application/problem+json'].examples[`sources-${name}`]
      t.match(
        value,
        { type: `urn:tributary:problem:sources-${name}`, status, instance: path },
        `${operationId} ${status}`,
      )
      t.ok(value.failedSources.length > 0, `${operationId} ${status} names what failed`)
    }
    const lines = responses[200].content['application/x-ndjson']?.examples
    if (lines !== undefined) t.same(Object.keys(lines), ['settled', 'failed', 'done'], operationId)
  }
})

t.test('all examples fit their schemas', async (t) => {
  for (const document of [
    await demoDocument(),
    ...(await Promise.all(Object.values(UNLIKE_THE_DEMO).map((c) => documentFor(c)))),
  ]) {
    const ajv = newAjv({ strict: false })
    ajv.addSchema({ $id: 'openapi', components: document.components })
    const all = examplesOf(document)
    t.ok(all.length > 20, 'there are examples')
    for (const { schema, value } of all) {
      const whole = JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"openapi#/'))
      t.ok(ajv.validate(whole, value), JSON.stringify({ errors: ajv.errors, value }))
    }
  }
})

interface Example {
  readonly schema: Json
  readonly value: Json
}

/** Every example of a document, with the schema that it is of. */
function examplesOf(node: Json): readonly Example[] {
  if (typeof node !== 'object' || node === null) return []
  const { schema, example, examples } = node
  const own = [
    ...(schema !== undefined && example !== undefined ? [{ schema, value: example }] : []),
    ...(schema !== undefined && examples !== undefined
      ? Object.values<Json>(examples).map(({ value }) => ({ schema, value }))
      : []),
    ...(Array.isArray(examples) ? examples.map((value) => ({ schema: node, value })) : []),
  ]
  return [...own, ...Object.values(node).flatMap(examplesOf)]
}
