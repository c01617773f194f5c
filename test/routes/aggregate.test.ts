import nock from 'nock'
import t from 'tap'
import { build } from '../support/build.ts'
import { inject } from '../support/inject.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

const ORIGIN = 'http://api.example'
const weather = {
  url: `${ORIGIN}/weather{?q,units,appid}`,
  params: { q: { type: 'string', minLength: 1, default: 'London' } },
  values: { units: 'metric', appid: 's3cret' },
}
const config = {
  sources: {
    weather,
    news: { url: `${ORIGIN}/news{?q}`, params: { q: { type: 'string' } } },
    users: { url: `${ORIGIN}/users/{id}`, params: { id: { type: 'integer' } }, hidden: true },
  },
  views: {
    home: { sources: ['weather', 'news'], deadline: '1500ms' },
    cities: {
      sources: { paris: { source: 'weather', params: { q: 'Paris' }, required: true }, here: { source: 'weather' } },
    },
  },
}

t.test('all visible sources, in the order of the configuration, with unchanged bytes', async (t) => {
  const { app, log } = await inject(t, config)
  nock(ORIGIN).get('/weather?q=London&units=metric&appid=s3cret').reply(200, '{"b": 1.10, "a":9007199254740993}')
  nock(ORIGIN).get('/news').reply(200, '[1,\n2]')
  const { statusCode, headers, body, json } = await app.inject('/aggregate')
  t.equal(statusCode, 200)
  t.ok(
    body.startsWith(
      '{"data":{"weather":{"b": 1.10, "a":9007199254740993},"news":[1,\n2]},"failedSources":[],"partial":false,"meta":{',
    ),
  )
  t.match(json().meta, { requestId: /^[\w-]{36}$/, durationMs: Number, deadlineMs: 2000 })
  t.match(headers, {
    'content-type': 'application/json; charset=utf-8',
    'x-request-id': json().meta.requestId,
    'aggregate-partial': 'false',
    'server-timing': /^total;dur=\d+\.\d, weather;dur=\d+\.\d, news;dur=\d+\.\d$/,
  })
  t.match(log.named('upstream'), [
    {
      level: 30,
      outcome: 'ok',
      upstreamStatus: 200,
      attempts: 1,
      from: 'live',
      reqId: json().meta.requestId,
      traceId: /^[\da-f]{32}$/,
    },
    { level: 30, outcome: 'ok', latencyMs: Number, bytes: Number },
  ])
  t.match(log.named('aggregate'), [
    {
      view: null,
      sources: ['weather', 'news'],
      failed: [],
      partial: false,
      status: 200,
      deadlineMs: 2000,
      durationMs: Number,
      remoteAddress: '127.0.0.1',
    },
  ])
})

t.test('a partial answer says what failed', async (t) => {
  const { app } = await inject(t, config)
  nock(ORIGIN).get('/weather').query(true).reply(200, '{"temp":11.2}')
  nock(ORIGIN).get('/news').reply(503, 'down', { 'retry-after': '7' })
  const { statusCode, headers, json } = await app.inject('/aggregate')
  t.equal(statusCode, 200)
  const { durationMs, ...entry } = json().failedSources[0]
  t.equal(typeof durationMs, 'number')
  t.same(entry, {
    id: 'news',
    source: 'news',
    code: 'upstream_status',
    message: 'news answered with status 503',
    required: false,
    upstreamStatus: 503,
    retryable: true,
    retryAfterMs: 7000,
    attempts: 1,
    servedFrom: null,
  })
  t.match(json(), { data: { weather: { temp: 11.2 }, news: null }, partial: true })
  t.match(headers, { 'aggregate-partial': 'true', 'server-timing': /, news;dur=\d+\.\d;desc="upstream_status"$/ })
})

t.test('the status if all sources fail, or a required one', async (t) => {
  const two = (first: object, second: object = {}) => ({
    sources: { one: { url: `${ORIGIN}/one`, ...first }, two: { url: `${ORIGIN}/two`, ...second } },
  })
  const cases: [string, object, [number, number], string, number, string, string | undefined][] = [
    ['all failed', two({}), [500, 404], '', 502, 'sources-failed', undefined],
    ['all limited', two({}), [429, 429], '', 503, 'sources-unavailable', '1'],
    ['of several classes', two({}), [429, 500], '', 502, 'sources-failed', undefined],
    ['required', two({ required: true }), [500, 200], '', 502, 'sources-failed', undefined],
    ['required and limited', two({ required: true }), [429, 500], '', 503, 'sources-unavailable', '1'],
    ['strict', two({}), [200, 404], '?strict=true', 502, 'sources-failed', undefined],
  ]
  for (const [name, config, [one, second], query, status, kind, retryAfter] of cases) {
    const { app } = await inject(t, config)
    nock(ORIGIN).get('/one').reply(one, '{}').get('/two').reply(second, '{}')
    const { statusCode, headers, json } = await app.inject(`/aggregate${query}`)
    t.equal(statusCode, status, name)
    t.equal(headers['retry-after'], retryAfter, `${name}: Retry-After`)
    t.match(headers, { 'content-type': /^application\/problem\+json/, 'aggregate-partial': 'true' })
    t.match(json(), {
      type: `urn:tributary:problem:${kind}`,
      title: String,
      status,
      detail: String,
      instance: '/aggregate',
      requestId: headers['x-request-id'],
      failedSources: [{ message: String }],
    })
    nock.cleanAll()
  }
})

t.test('empty and substituted satisfy required and strict', async (t) => {
  const { app } = await inject(t, {
    sources: {
      empty: { url: `${ORIGIN}/empty`, emptyStatuses: [404], required: true },
      standin: { url: `${ORIGIN}/standin`, fallback: { articles: [] }, required: true },
    },
  })
  nock(ORIGIN).get('/empty').reply(404).get('/standin').reply(500)
  const { statusCode, json, headers } = await app.inject('/aggregate?strict=true')
  t.equal(statusCode, 200)
  t.match(json(), {
    data: { empty: null, standin: { articles: [] } },
    partial: false,
    failedSources: [{ id: 'standin', servedFrom: 'fallback', required: true }],
  })
  t.equal(json().failedSources.length, 1)
  t.equal(headers['aggregate-partial'], 'false')
})

t.test('views rename, fix parameters and override required', async (t) => {
  const { app } = await inject(t, config)
  nock(ORIGIN).get('/weather').query({ q: 'Paris', units: 'metric', appid: 's3cret' }).reply(200, '"paris"')
  nock(ORIGIN).get('/weather').query({ q: 'Oslo', units: 'metric', appid: 's3cret' }).reply(200, '"oslo"')
  t.same((await app.inject('/aggregate/cities?q=Oslo')).json().data, { paris: 'paris', here: 'oslo' })
  nock(ORIGIN).get('/weather').query({ q: 'Rome', units: 'metric', appid: 's3cret' }).reply(200, '"rome"')
  t.same((await app.inject('/aggregate/cities?sources=here&here.q=Rome&q=Oslo')).json().data, { here: 'rome' })
  nock(ORIGIN).get('/weather').query(true).times(2).reply(500)
  t.match((await app.inject('/aggregate/cities')).json(), {
    status: 502,
    detail: /^A required source failed: weather /,
  })
  const refused = (await app.inject('/aggregate/cities?paris.q=Oslo')).json()
  t.match(refused, { status: 400, errors: [{ path: 'paris.q', message: /fixed/ }] })
})

t.test('a view has its own deadline', async (t) => {
  const { app } = await inject(t, config)
  nock(ORIGIN).get('/weather').query(true).reply(200, '1').get('/news').reply(200, '2')
  t.equal((await app.inject('/aggregate/home')).json().meta.deadlineMs, 1500)
  t.match((await app.inject('/aggregate/nope')).json(), { status: 404, detail: /home, cities/ })
})

t.test('clients cannot select hidden sources; a number is sent as the client wrote it', async (t) => {
  const { app } = await inject(t, config)
  t.match((await app.inject('/aggregate?sources=users')).json(), { status: 400, errors: [{ path: 'sources' }] })
  const users = { ...config.sources.users, hidden: false }
  const { app: open } = await inject(t, { sources: { users } })
  nock(ORIGIN).get('/users/9007199254740993').reply(200, '{}')
  t.same((await open.inject('/aggregate?id=9007199254740993')).json().data, { users: {} })
})

t.test('a batch asks sources several times, in its own order', async (t) => {
  const { app } = await inject(t, config)
  const reply = (q: string) =>
    nock(ORIGIN).get('/weather').query({ q, units: 'metric', appid: 's3cret' }).reply(200, JSON.stringify(q))
  reply('London').isDone()
  reply('Oslo')
  nock(ORIGIN).get('/news').reply(200, '[]')
  const payload = {
    requests: [
      { id: 'osl', source: 'weather', params: { q: 'Oslo' } },
      { source: 'news' },
      { id: 'ldn', source: 'weather' },
    ],
  }
  const { body, json } = await app.inject({ method: 'POST', url: '/aggregate', payload })
  t.ok(body.startsWith('{"data":{"osl":"Oslo","news":[],"ldn":"London"},'))
  t.equal(json().partial, false)
})

t.test('a wrong batch: every problem at once', async (t) => {
  const { app } = await inject(t, config)
  const post = async (payload: object, url = '/aggregate') =>
    (await app.inject({ method: 'POST', url, payload })).json()
  const requests = [
    { source: 'wether' },
    { id: 'a', source: 'weather', params: { q: 1, x: 2 } },
    { id: 'a', source: 'news' },
    { source: 'users' },
  ]
  const { errors, status } = await post({ requests }, '/aggregate?q=1&sources=weather')
  t.equal(status, 400)
  t.same(
    errors.map(({ path }: { path: string }) => path),
    [
      'requests[0].source',
      'requests[1].params.x',
      'requests[1].params.q',
      'requests[2].id',
      'requests[3].source',
      'q',
      'sources',
    ],
  )
  t.match(await post({ requests: Array(21).fill({ source: 'news' }) }), { status: 400, errors: [{ path: 'requests' }] })
  t.match(await post({ requests: [{ id: 'a b', source: 'news' }], more: 1 }), {
    status: 400,
    errors: [{ message: /more/ }, { path: 'requests[0].id' }],
  })
})

t.test('explain tells how each source was asked', async (t) => {
  const { app } = await inject(t, config)
  nock(ORIGIN).get('/weather').query(true).reply(200, '{"a":1}').get('/news').reply(404)
  const { meta } = (await app.inject('/aggregate?explain=true')).json()
  t.match(meta.sources, {
    weather: {
      upstreamStatus: 200,
      attempts: 1,
      hedged: false,
      from: 'live',
      ageMs: 0,
      startedAtMs: Number,
      durationMs: Number,
      bytes: 7,
    },
    news: { upstreamStatus: 404, attempts: 1, from: 'live' },
  })
  const { app: closed } = await inject(t, { ...config, server: { explain: false, serverTiming: false } })
  t.match((await closed.inject('/aggregate?explain=true')).json(), { status: 400, errors: [{ path: 'explain' }] })
  nock(ORIGIN).get('/weather').query(true).reply(200, '{}')
  t.notOk((await closed.inject('/aggregate?sources=weather')).headers['server-timing'])
})

t.test('sources get only the configured parts of a client request', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      plain: { url: upstream.url('/ok/plain') },
      listed: {
        url: upstream.url('/ok/listed'),
        forwardHeaders: ['Authorization', 'x-absent'],
        headers: { 'X-Key': 'k', Accept: 'application/hal+json' },
      },
      apart: { url: upstream.url('/ok/apart'), propagate: false },
    },
  })
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
  const headers = {
    authorization: 'Bearer t',
    cookie: 'c=1',
    'x-other': '1',
    'x-request-id': 'mine-1',
    traceparent: `00-${trace}-00f067aa0ba902b7-01`,
    tracestate: 'a=1, b=2',
  }
  const answer = await service.get('/aggregate', { headers })
  t.equal(answer.headers['x-request-id'], 'mine-1')
  const seen = (name: string) => upstream.requests.find(({ path }) => path === `/ok/${name}`)?.headers ?? {}
  const always = ['accept', 'accept-encoding', 'connection', 'host', 'user-agent']
  t.same(Object.keys(seen('plain')).sort(), [...always, 'traceparent', 'tracestate', 'x-request-id'].sort())
  const child = new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[\\da-f]{16}-01$`)
  t.match(seen('plain'), {
    'x-request-id': 'mine-1',
    traceparent: child,
    tracestate: 'a=1,b=2',
    accept: 'application/json',
  })
  t.match(seen('listed'), { authorization: 'Bearer t', 'x-key': 'k', accept: 'application/hal+json' })
  t.same(Object.keys(seen('apart')).sort(), always)
  t.not(seen('plain').traceparent, seen('listed').traceparent, 'each call is a child of its own')
  t.match(service.log.named('aggregate'), [{ traceId: trace, reqId: 'mine-1' }])
})

t.test('honoured preferences are in Preference-Applied', async (t) => {
  const { app } = await inject(t, config)
  nock(ORIGIN).get('/news').times(2).reply(404)
  const strict = await app.inject({
    url: '/aggregate?sources=news',
    headers: { prefer: 'handling=strict, wait=1, respond-async' },
  })
  t.equal(strict.headers['preference-applied'], 'wait=1, handling=strict')
  t.equal(strict.statusCode, 502)
})

t.test('invalid queries: every problem at once, with a suggestion', async (t) => {
  const { app } = await inject(t, {
    sources: {
      ...config.sources,
      must: { url: `${ORIGIN}/must{?id}`, params: { id: { type: 'integer', required: true } } },
    },
  })
  const ask = async (query: string) => (await app.inject(`/aggregate${query}`)).json()
  const { errors, detail } = await ask('?strict=yes&deadlineMs=0&explain=1&q=&q=2&nope=1&weather.x=1')
  t.same(errors.map(({ path }: { path: string }) => path).sort(), [
    'deadlineMs',
    'explain',
    'id',
    'nope',
    'q',
    'q',
    'strict',
    'weather.x',
  ])
  t.match(detail, /"id" of must is missing; .*\?sources=/)
  for (const query of [
    '?sources=',
    '?sources=weather,',
    '?sources=nope',
    '?id=0x10',
    '?id=1.5',
    '?id=1&id=2',
    '?deadlineMs=1.5',
    '?deadlineMs=1&deadlineMs=2',
    '?id=%20',
  ]) {
    t.equal((await ask(query)).status, 400, query)
  }
})

t.test('Accept', async (t) => {
  const { app } = await inject(t, config)
  nock(ORIGIN).get('/news').times(9).reply(200, '1')
  const ask = async (accept: string) =>
    (await app.inject({ url: '/aggregate?sources=news', headers: { accept } })).statusCode
  for (const accept of [
    '*/*',
    'application/*',
    'application/json',
    'text/html, application/json;q=0.5',
    'application/json; charset=utf-8',
  ])
    t.equal(await ask(accept), 200, accept)
  for (const accept of ['text/html', 'application/json;q=0, text/html', 'image/*'])
    t.equal(await ask(accept), 406, accept)
})

t.test('large answers are compressed if the client accepts it', async (t) => {
  const { app } = await inject(t, config)
  nock(ORIGIN)
    .get('/news')
    .times(4)
    .reply(200, JSON.stringify('x'.repeat(3000)))
  for (const coding of ['gzip', 'br']) {
    const { headers, rawPayload } = await app.inject({
      url: '/aggregate?sources=news',
      headers: { 'accept-encoding': coding },
    })
    t.match(headers, { 'content-encoding': coding, vary: /accept-encoding/i })
    t.ok(rawPayload.length < 1000)
  }
  const { headers } = await app.inject('/aggregate?sources=news')
  t.notOk(headers['content-encoding'])
})
