import { parse } from 'node:querystring'
import t from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { eventually } from '../support/eventually.ts'
import { trackLeaks } from '../support/leaks.ts'
import { buildPatient, patient } from '../support/patient.ts'
import { CLIENT_ID, CLIENT_SECRET, issues, says, startTokenServer, type TokenServer } from '../support/token-server.ts'
import type { SeenRequest } from '../support/upstream/exchange.ts'

/** Tokens for sources, over real sockets: what is asked of the token endpoint, and what of the source. */

const tokenRequests = ({ requests }: TokenServer) => requests.filter(({ path }) => path === '/token')
const formOf = (request?: SeenRequest) => ({ ...parse(String(request?.body)) })

t.test('all calls, items and hedges share one token request', async (t) => {
  const server = await startTokenServer(t)
  server.endpoint = async (x) => {
    await x.sleep(100)
    await issues(() => server)(x)
  }
  server.api = async (x) => {
    await x.sleep(60)
    await x.reply({ body: '{"ok":true}' })
  }
  const list = { type: 'array', items: { type: 'string' } }
  const service = await buildPatient(t, {
    sources: {
      a: {
        url: `${server.url('/api')}{?id}`,
        params: { ids: list },
        forEach: { param: 'ids', as: 'id' },
        auth: server.auth(),
        hedge: { after: '20ms' },
      },
    },
  })
  const ids = Array.from({ length: 50 }, (_, at) => `ids=${at}`).join('&')
  const { json } = await service.get(`/aggregate?sources=a&${ids}&explain=true`)
  t.equal(json.data.a.length, 50)
  t.ok(json.data.a.every((one: unknown) => one !== null))
  t.ok(json.meta.sources.a.hedged)
  await service.get('/aggregate?sources=a&ids=51')
  t.equal(server.asked, 1)
  t.same(new Set(server.seen), new Set([`Bearer ${server.issued[0]}`]))
})

t.test('a hedge does not run beside a wait for a token', async (t) => {
  const server = await startTokenServer(t)
  server.endpoint = async (x) => {
    await x.sleep(1500)
    await issues(() => server)(x)
  }
  const service = await buildPatient(t, {
    sources: { a: { url: server.url('/api'), auth: server.auth(), hedge: { after: '1s' } } },
  })
  const { json } = await service.get('/aggregate?explain=true')
  t.match(json.meta.sources.a, { hedged: false, attempts: 1 })
  t.equal(server.asked, 1)
})

t.test('the request of client_secret_basic and of client_secret_post', async (t) => {
  const server = await startTokenServer(t)
  const url = server.url('/api')
  const more = { scope: 'read write', params: { audience: 'https://api.example/', resource: ['a', 'b'] } }
  const service = await buildPatient(t, {
    sources: {
      basic: { url, auth: server.auth(more) },
      post: { url, auth: server.auth({ authentication: 'post', tokenUrl: server.url('/token?tenant=1') }) },
    },
  })
  const { json } = await service.get('/aggregate')
  t.same(json.data, { basic: { ok: true }, post: { ok: true } })
  const requests = tokenRequests(server)
  const basic = requests.find(({ headers }) => headers.authorization !== undefined)
  const post = requests.find(({ headers }) => headers.authorization === undefined)
  const own = { resource: ['a', 'b'], audience: 'https://api.example/' }
  t.strictSame(formOf(basic), { scope: 'read write', ...own, grant_type: 'client_credentials' })
  const credentials = Buffer.from(String(basic?.headers.authorization).replace('Basic ', ''), 'base64').toString()
  const [id, secret] = credentials.split(':').map((part) => Object.keys(parse(part))[0])
  t.same([id, secret], [CLIENT_ID, CLIENT_SECRET], 'each is encoded as in a form')
  t.match(credentials, /^the-client-id:/, 'what needs no encoding is as it is')
  t.strictSame(formOf(post), {
    grant_type: 'client_credentials',
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
  })
  t.equal(post?.target, '/token?tenant=1')
  for (const { method, headers } of requests) {
    t.equal(method, 'POST')
    t.match(headers['content-type'], /^application\/x-www-form-urlencoded/)
    t.match(headers, { accept: 'application/json', 'user-agent': 'tributary' })
    t.notOk(headers['x-request-id'] ?? headers.traceparent)
  }
})

t.test('a 401 drops the token, once for all calls in flight, and each call is made once more', async (t) => {
  const server = await startTokenServer(t)
  const service = await buildPatient(t, {
    sources: {
      a: { url: `${server.url('/api')}{?q}`, params: { q: { type: 'string' } }, auth: server.auth(), retry: false },
    },
  })
  t.same((await service.get('/aggregate')).json.data, { a: { ok: true } })
  server.valid.clear()
  const all = await Promise.all(Array.from({ length: 20 }, (_, q) => service.get(`/aggregate?a.q=${q}&explain=true`)))
  for (const { json } of all) {
    t.same(json.data, { a: { ok: true } })
    t.ok(json.meta.sources.a.attempts <= 2)
  }
  t.equal(server.asked, 2)
})

t.test('a write is made once more too: a 401 says that it was not carried out', async (t) => {
  const server = await startTokenServer(t)
  const carried: string[] = []
  server.api = async (x) => {
    carried.push(String(x.request.body))
    await says({ ok: true })(x)
  }
  const service = await buildPatient(t, {
    sources: { a: { url: server.url('/api'), method: 'POST', body: { n: 1 }, auth: server.auth() } },
    views: { a: { method: 'POST', sources: ['a'] } },
  })
  const write = () => service.get('/aggregate/a', { method: 'POST' })
  await write()
  server.valid.clear()
  t.same((await write()).json.data, { a: { ok: true } })
  t.same(carried, ['{"n":1}', '{"n":1}'])
  t.equal(server.asked, 2)
  // refused with both tokens: nothing was carried out
  server.endpoint = says({ access_token: 'wrong', token_type: 'bearer' })
  server.valid.clear()
  await new Promise((resolve) => setTimeout(resolve, 1100))
  const refused = await write()
  t.equal(refused.status, 502)
  t.match(refused.json.failedSources, [
    { code: 'upstream_status', upstreamStatus: 401, attempts: 2, retryable: false, message: /401$/ },
  ])
  t.notHas(refused.json, 'data')
})

t.test('the further attempt is paid from the budget, and counts in server.maxAttempts', async (t) => {
  const server = await startTokenServer(t)
  const url = server.url('/api')
  const none = { budget: { ratio: 0, minPerSecond: 0 } }
  const service = await buildPatient(t, {
    sources: { a: { url, auth: server.auth(), retry: none, hidden: false } },
  })
  const one = await buildPatient(t, { server: { maxAttempts: 1 }, sources: { a: { url, auth: server.auth() } } })
  for (const asked of [service, one]) {
    await asked.get('/aggregate')
    server.valid.clear()
    const { json } = await asked.get('/aggregate')
    t.match(json.failedSources, [{ code: 'upstream_status', upstreamStatus: 401, attempts: 1 }])
    t.same((await asked.get('/aggregate')).json.data, { a: { ok: true } }, 'the token was dropped nevertheless')
  }
})

t.test('a source that refuses every token causes few token requests', async (t) => {
  const server = await startTokenServer(t)
  server.endpoint = async (x) => {
    await issues(() => server)(x)
    server.valid.clear()
  }
  const service = await buildPatient(t, {
    sources: { a: { url: server.url('/api'), auth: server.auth(), breaker: false } },
  })
  const started = performance.now()
  let calls = 0
  while (calls < 50 || performance.now() - started < 1500) {
    const { json } = await service.get('/aggregate')
    t.match(json.failedSources, [{ code: 'upstream_status', upstreamStatus: 401, retryable: false }])
    calls += 1
  }
  const seconds = (performance.now() - started) / 1000
  // at once, again at once, then after 1, 3, 7, … seconds
  const most = 2 + Math.ceil(Math.log2(seconds + 1))
  t.ok(server.asked <= most, `${server.asked} token requests for ${calls} calls in ${seconds} s`)
  t.ok(server.seen.length < calls + most, `${server.seen.length} attempts`)
})

t.test('a client that leaves, and one whose deadline passes, do not end the request for others', async (t) => {
  const server = await startTokenServer(t)
  const leaks = trackLeaks(t)
  server.endpoint = async (x) => {
    await x.sleep(3000)
    await issues(() => server)(x)
  }
  const service = await buildPatient(t, {
    defaults: { auth: server.auth() },
    sources: { a: { url: server.url('/api') }, b: { url: server.url('/api'), timeout: '300ms' } },
  })
  const [short, cut, long, left] = await Promise.all([
    service.get('/aggregate?sources=b'),
    service.get('/aggregate?sources=a&deadlineMs=300'),
    service.get('/aggregate?sources=a'),
    service.get('/aggregate?sources=a', { timeoutMs: 1000 }).catch(() => 'left'),
  ])
  t.equal(left, 'left')
  t.equal(short.status, 504)
  t.match(short.json.failedSources, [
    {
      code: 'authorization_failed',
      message: 'no access token could be had for b within 300 ms',
      attempts: 0,
      retryable: true,
      retryAfterMs: null,
    },
  ])
  t.ok(short.ms < 2000, `${short.ms} ms`)
  t.match(cut.json.failedSources, [{ code: 'deadline_exceeded' }])
  t.ok(cut.ms < 2000, `${cut.ms} ms`)
  t.same(long.json.data, { a: { ok: true } })
  t.equal(server.asked, 2, 'one for each source')
  await eventually(() => service.log.named('upstream').some(({ outcome }) => outcome === 'cancelled'))
  await service.stop()
  await server.close()
  await leaks.assertNone()
})

t.test('a token is not part of the key of the cache, and a hit asks for none', async (t) => {
  const server = await startTokenServer(t)
  server.endpoint = issues(() => server, { expires_in: 1 })
  const service = await buildPatient(t, {
    sources: { a: { url: server.url('/api'), auth: server.auth(), cache: { ttl: '1m' } } },
  })
  await service.get('/aggregate')
  await new Promise((resolve) => setTimeout(resolve, 1100))
  const { json } = await service.get('/aggregate?explain=true')
  t.equal(json.meta.sources.a.from, 'cache')
  t.equal(server.asked, 1)
  t.equal(server.seen.length, 1)
})

t.test('a call that ends as simulated asks for no token', async (t) => {
  const server = await startTokenServer(t)
  const service = await buildPatient(t, {
    server: { simulate: true },
    sources: { a: { url: server.url('/api'), auth: server.auth() } },
  })
  for (const ending of ['empty', 'authorization_failed', 'upstream_status=401', 'connection_refused'])
    await service.get(`/aggregate?simulate=a:${ending}`)
  t.equal(server.asked, 0)
  const { json } = await service.get('/aggregate?simulate=a:delay=10ms')
  t.same(json.data, { a: { ok: true } }, 'one that is only delayed needs one')
  t.equal(server.asked, 1)
})

t.test('a token outlives a reload that leaves its source unchanged', async (t) => {
  const server = await startTokenServer(t)
  const config = (extra: object) => ({
    sources: { a: { url: server.url('/api'), auth: server.auth() }, b: { url: server.url('/api'), ...extra } },
  })
  const service = await buildPatient(t, config({}))
  await service.get('/aggregate?sources=a')
  const reload = async (next: Parameters<typeof patient>[0]) => {
    const { config } = parseConfig(JSON.stringify(patient(next)), { PORT: '0' })
    if (config === null) throw new Error('invalid')
    await service.reload(config)
    return (await service.get('/aggregate?sources=a')).json.data
  }
  t.same(await reload(config({ timeout: '700ms' })), { a: { ok: true } })
  t.equal(server.asked, 1)
  const other = { sources: { a: { url: server.url('/api'), auth: server.auth({ scope: 'other' }) } } }
  t.same(await reload(other), { a: { ok: true } })
  t.equal(server.asked, 2)
})

t.test('writes are offered to the budget too', async (t) => {
  const server = await startTokenServer(t)
  const budget = { ratio: 1, minPerSecond: 0 }
  const service = await buildPatient(t, {
    sources: { a: { url: server.url('/api'), method: 'POST', auth: server.auth(), retry: { budget } } },
    views: { a: { method: 'POST', sources: ['a'] } },
  })
  const write = () => service.get('/aggregate/a', { method: 'POST' })
  await write()
  server.valid.clear()
  t.same((await write()).json.data, { a: { ok: true } })
})

t.test('a token request ends when the service does', async (t) => {
  const server = await startTokenServer(t)
  server.endpoint = (x) => x.untilGone()
  const service = await buildPatient(t, {
    sources: { a: { url: server.url('/api'), auth: server.auth(), timeout: '200ms' } },
  })
  t.equal((await service.get('/aggregate')).status, 504)
  t.equal(server.open, 1, 'it goes on for later calls')
  await service.stop()
  await eventually(() => server.open === 0, 2000)
  t.same(service.log.named('token'), [])
})
