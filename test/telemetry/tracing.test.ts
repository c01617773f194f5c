import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import t from 'tap'
import { eventually } from '../support/eventually.ts'
import { tracedService } from '../support/traced-service.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

/** The spans of a real service, kept in memory. */

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'
const json = { 'content-type': 'application/json' }

/** 503 the first time, then data. */
const recovering: Handler = async (x) => {
  await (x.nth === 1 ? x.reply({ status: 503 }) : x.reply({ headers: json, body: '{"ok":true}' }))
}
const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId
const sentTo = ({ requests }: Upstream) => requests.map(({ headers }) => String(headers.traceparent))
const msOf = ([seconds, nanos]: readonly [number, number]) => seconds * 1000 + nanos / 1e6

t.test('one trace: a span of the request, and one of each attempt, the retry too', async (t) => {
  const upstream = await startUpstream(t, { script: { '/recovering': recovering } })
  const url = `${upstream.url('/recovering')}{?q,key}`
  const service = await tracedService(t, {
    sources: { a: { url, params: { q: {} }, values: { key: 'secret' } } },
    views: { home: { sources: ['a'] } },
  })
  const before = Date.now()
  const answer = await service.get('/aggregate/home?q=1')
  const [server, first, retry, ...more] = await service.spans(3)
  t.same(more, [])
  const traceId = server?.spanContext().traceId
  t.match(traceId, /^[\da-f]{32}$/)
  t.same(
    [first, retry].map((span) => [span?.spanContext().traceId, span?.parentSpanContext?.spanId]),
    Array(2).fill([traceId, idOf(server)]),
    'attempts are children of the request',
  )
  t.same(
    sentTo(upstream),
    [first, retry].map((span) => `00-${traceId}-${idOf(span)}-01`),
    'the source received the ids of these very spans',
  )
  t.match(server, {
    name: 'GET /aggregate/home',
    kind: SpanKind.SERVER,
    parentSpanContext: undefined,
    status: { code: SpanStatusCode.UNSET },
  })
  t.strictSame(server?.attributes, {
    'http.request.method': 'GET',
    'url.scheme': 'http',
    'url.path': '/aggregate/home',
    'client.address': '127.0.0.1',
    'tributary.request_id': answer.headers['x-request-id'],
    'http.route': '/aggregate/home',
    'http.response.status_code': 200,
    'tributary.sources': ['a'],
    'tributary.partial': false,
    'tributary.view': 'home',
  })
  const attempt = {
    'http.request.method': 'GET',
    'tributary.request_id': answer.headers['x-request-id'],
    'tributary.source': 'a',
    'tributary.key': 'a',
    'url.full': `${upstream.url('/recovering')}?q=1&key=MASKED`,
  }
  t.match(first, { name: 'GET a', kind: SpanKind.CLIENT, status: { code: SpanStatusCode.ERROR, message: /503/ } })
  t.strictSame(first?.attributes, {
    ...attempt,
    'tributary.outcome': 'upstream_status',
    'tributary.attempt.kind': 'first',
    'tributary.attempt.number': 1,
    'http.response.status_code': 503,
    'error.type': 'upstream_status',
  })
  t.match(retry, { name: 'GET a', kind: SpanKind.CLIENT, status: { code: SpanStatusCode.UNSET } })
  t.strictSame(retry?.attributes, {
    ...attempt,
    'tributary.outcome': 'ok',
    'tributary.attempt.kind': 'retry',
    'tributary.attempt.number': 2,
    'http.response.status_code': 200,
    'http.request.resend_count': 1,
  })
  const [from = 0, to = 0] = [server?.startTime, server?.endTime].map((time) => msOf(time ?? [0, 0]))
  t.ok(from >= before - 10 && to <= Date.now() + 10, 'in the time of the wall')
  for (const span of [first, retry])
    t.ok(span && msOf(span.startTime) >= from && msOf(span.endTime) <= to + 0.1, 'attempts are within their request')
})

t.test('a hedge has a span beside the attempt that it overtook', async (t) => {
  const script: Record<string, Handler> = {
    '/late': async (x) => void (x.nth > 1 && (await x.reply({ headers: json, body: '1' }))),
  }
  const upstream = await startUpstream(t, { script })
  const service = await tracedService(t, { sources: { a: { url: upstream.url('/late'), hedge: { after: '20ms' } } } })
  await service.get('/aggregate')
  const [server, first, hedge] = await service.spans(3)
  t.strictSame(
    sentTo(upstream).map((sent) => sent.split('-')[2]),
    [first, hedge].map(idOf),
  )
  t.match(first?.attributes, { 'tributary.attempt.kind': 'first', 'tributary.outcome': 'cancelled' })
  t.equal(first?.status.code, SpanStatusCode.UNSET, 'an attempt that was overtaken has not failed')
  t.notOk('error.type' in (first?.attributes ?? {}))
  t.match(hedge?.attributes, { 'tributary.attempt.kind': 'hedge', 'tributary.outcome': 'ok' })
  t.equal(hedge?.parentSpanContext?.spanId, idOf(server))
})

t.test("the client's trace is continued, with its state", async (t) => {
  const upstream = await startUpstream(t)
  const service = await tracedService(t, { sources: { a: { url: upstream.url('/ok') } } })
  const headers = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'b=1' }
  await service.get('/aggregate', { headers })
  const [server, attempt] = await service.spans(2)
  t.match(server?.parentSpanContext, { traceId: TRACE, spanId: PARENT, isRemote: true })
  t.match(attempt?.parentSpanContext, { traceId: TRACE, spanId: idOf(server), isRemote: false })
  t.equal(server?.spanContext().traceState?.serialize(), 'b=1')
  t.match(upstream.requests[0]?.headers, { traceparent: `00-${TRACE}-${idOf(attempt)}-01`, tracestate: 'b=1' })
})

t.test('a trace that is not recorded makes no span, and the source is told', async (t) => {
  const upstream = await startUpstream(t)
  const service = await tracedService(
    t,
    { sources: { a: { url: upstream.url('/ok') } } },
    (_, client) => client ?? false,
  )
  await service.get('/aggregate', { headers: { traceparent: `00-${TRACE}-${PARENT}-00` } })
  await service.get('/aggregate')
  await service.get('/aggregate', { headers: { traceparent: `00-${TRACE}-${PARENT}-01` } })
  const spans = await service.spans(2)
  t.equal(spans.length, 2)
  t.same(
    sentTo(upstream).map((sent) => sent.slice(-2)),
    ['00', '00', '01'],
  )
})

t.test('failures: their codes are on the request, and no secret is', async (t) => {
  const upstream = await startUpstream(t)
  const service = await tracedService(t, {
    sources: {
      down: { url: upstream.url('/status?code=500'), required: true },
      wrong: { url: upstream.url('/ok'), schema: { type: 'string' }, validate: true, fallback: 1 },
    },
  })
  await service.get('/aggregate?secret=1')
  t.equal((await service.get('/aggregate')).status, 502)
  const [refused, server] = await service.spans(4)
  t.match(refused, { name: 'GET /aggregate', status: { code: SpanStatusCode.UNSET } })
  t.match(refused?.attributes, { 'http.response.status_code': 400, 'tributary.problem': 'invalid-request' })
  t.match(server, { name: 'GET /aggregate', status: { code: SpanStatusCode.ERROR } })
  t.match(server?.attributes, {
    'http.response.status_code': 502,
    'error.type': '502',
    'tributary.partial': true,
    'tributary.failed_sources': ['down', 'wrong'],
    'tributary.failure_codes': ['upstream_status', 'invalid_body'],
  })
  t.notMatch(JSON.stringify(service.ended.map(({ attributes }) => attributes)), 'secret')
})

t.test('an unknown path has a span, a probe that is refused has none', async (t) => {
  const upstream = await startUpstream(t)
  const service = await tracedService(t, {
    server: { drainDelay: '2s' },
    sources: { a: { url: upstream.url('/ok') } },
  })
  await service.get(`/nope/${'x'.repeat(300)}?a=1`)
  const stopped = service.stop()
  t.equal((await service.get('/health/ready')).status, 503)
  await stopped
  const [span, ...more] = await service.spans(1)
  t.same(more, [])
  t.equal(span?.name, 'GET')
  t.match(span?.attributes, { 'http.response.status_code': 404, 'url.path': /^\/nope\/x+…$/ })
  t.notOk('http.route' in (span?.attributes ?? {}))
})

t.test('a client that leaves: no status, and no error', async (t) => {
  const upstream = await startUpstream(t)
  const service = await tracedService(t, { sources: { a: { url: upstream.url('/silent') } } })
  const client = new AbortController()
  const asked = t.rejects(fetch(`${service.address}/aggregate`, { signal: client.signal }))
  await eventually(() => upstream.count('/silent') > 0, 5000)
  client.abort()
  await asked
  const [server, attempt] = await service.spans(2)
  t.match(server, { kind: SpanKind.SERVER, status: { code: SpanStatusCode.UNSET } })
  t.equal(server?.attributes['tributary.cancelled'], true)
  t.notOk('http.response.status_code' in (server?.attributes ?? {}))
  t.match(attempt?.attributes, { 'tributary.outcome': 'cancelled' })
})

t.test('a refresh in the background belongs to the trace of its request, and a hit makes no attempt', async (t) => {
  const upstream = await startUpstream(t)
  const cache = { ttl: '1ms', staleWhileRevalidate: '1m' }
  const service = await tracedService(t, { sources: { a: { url: upstream.url('/ok'), cache } } })
  await service.get('/aggregate')
  await new Promise((resolve) => setTimeout(resolve, 20))
  await service.get('/aggregate')
  const spans = await service.spans(4)
  const servers = spans.filter(({ kind }) => kind === SpanKind.SERVER)
  const attempts = spans.filter(({ kind }) => kind === SpanKind.CLIENT)
  t.same(
    attempts.map(({ parentSpanContext }) => parentSpanContext?.spanId),
    servers.map(idOf),
  )
})

t.test('without traceparent for the source, attempts have spans all the same', async (t) => {
  const upstream = await startUpstream(t)
  const service = await tracedService(t, { sources: { a: { url: upstream.url('/ok'), propagate: false } } })
  await service.get('/aggregate')
  const [server, attempt] = await service.spans(2)
  t.equal(attempt?.parentSpanContext?.spanId, idOf(server))
  t.match(idOf(attempt), /^[\da-f]{16}$/)
})
