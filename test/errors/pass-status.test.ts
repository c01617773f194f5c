import t from 'tap'
import { build } from '../support/build.ts'
import type { Handler, Reply } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Statuses of sources that become those of answers, over real sockets. */

const replying =
  (reply: Reply): Handler =>
  async (x) =>
    void (await x.reply(reply))
const refusing = (status: number, headers: Record<string, string> = {}) =>
  replying({ status, headers, body: '{"error":{"code":"closed"}}' })

const TYPE = 'urn:tributary:problem:sources-refused'

t.test('the one status of all that count, in a view, with its details', async (t) => {
  const upstream = await startUpstream(t, {
    script: { '/404': refusing(404), '/403': refusing(403), '/500': refusing(500) },
  })
  const source = (status: number, more: object = {}) => {
    return { url: upstream.url(`/${status}`), passStatus: [403, 404], errorDetails: 'error', ...more }
  }
  const service = await build(t, {
    sources: {
      account: source(404),
      other: source(404),
      closed: source(403),
      down: source(500, { retry: false }),
      plain: { url: upstream.url('/404') },
      needs: { url: `${upstream.url('/ok')}{?id}`, bind: { id: { from: 'account', select: 'id' } } },
      good: { url: upstream.url('/ok') },
    },
    views: {
      one: { sources: ['account'] },
      both: { sources: ['account', 'other', 'needs'] },
      mixed: { sources: ['account', 'closed'] },
      worse: { sources: ['account', 'down'] },
      silent: { sources: ['account', 'plain'] },
      required: { sources: { account: { required: true }, good: {}, down: {} } },
      optional: { sources: ['account', 'good'] },
      dependant: { sources: { needs: { required: true }, good: {} } },
    },
  })
  const { json, status, headers } = await service.get('/aggregate/one')
  t.equal(status, 404)
  t.match(json, { type: TYPE, status: 404, title: 'The requested sources refused the request', data: undefined })
  t.match(json.failedSources, [{ id: 'account', upstreamStatus: 404, details: { code: 'closed' } }])
  t.equal(headers['cache-control'], 'no-store')
  t.equal(headers['aggregate-partial'], 'true')
  const statusOf = async (path: string) => (await service.get(path)).status
  t.equal(await statusOf('/aggregate/both'), 404, 'a dependency counts as its cause')
  t.equal(await statusOf('/aggregate/mixed'), 502)
  t.equal(await statusOf('/aggregate/worse'), 502)
  t.equal(await statusOf('/aggregate/silent'), 502)
  t.equal(await statusOf('/aggregate/required'), 404)
  t.equal(await statusOf('/aggregate/optional'), 200)
  t.equal(await statusOf('/aggregate/optional?strict=true'), 404)
  t.equal(await statusOf('/aggregate/dependant'), 404)
  t.equal(await statusOf('/aggregate?sources=account'), 502, 'views only')
  const batch = JSON.stringify({ requests: [{ source: 'account' }] })
  const type = { 'content-type': 'application/json' }
  t.equal((await service.get('/aggregate', { method: 'POST', body: batch, headers: type })).status, 502)
  const stream = await service.get('/aggregate/one', { headers: { accept: 'application/x-ndjson' } })
  t.equal(stream.status, 200)
  t.equal(JSON.parse(stream.body.trim().split('\n').at(-1) ?? '').status, 404)
  t.equal(service.log.named('aggregate')[0]?.status, 404)
})

t.test('401 has the challenge of the source, or Bearer; 429 has Retry-After', async (t) => {
  const realm = 'Bearer realm="accounts", error="invalid_token"'
  const upstream = await startUpstream(t, {
    script: {
      '/a': refusing(401, { 'WWW-Authenticate': realm }),
      '/b': refusing(401),
      '/odd': refusing(401, { 'www-authenticate': 'Basic realm="caf\xe9"' }),
      '/secret': refusing(401, { 'www-authenticate': 'Basic realm="s3cret-of-ours"' }),
      '/busy': refusing(429, { 'retry-after': '7' }),
      '/busier': refusing(429),
    },
  })
  const names = ['a', 'b', 'odd', 'secret', 'busy', 'busier']
  const source = (name: string) => {
    return {
      url: upstream.url(`/${name}`),
      passStatus: [401, 429],
      retry: false,
      headers: { 'x-key': 's3cret-of-ours' },
    }
  }
  const views = names.map((name) => [name, { sources: [name] }])
  const service = await build(t, {
    sources: Object.fromEntries(names.map((name) => [name, source(name)])),
    views: Object.fromEntries([...views, ['both', { sources: ['a', 'b'] }]]),
  })
  const of = async (view: string, header: string) => {
    const { status, headers } = await service.get(`/aggregate/${view}`)
    return [status, headers[header]]
  }
  t.strictSame(await of('a', 'www-authenticate'), [401, realm])
  t.strictSame(await of('both', 'www-authenticate'), [401, realm])
  for (const view of ['b', 'odd', 'secret']) t.strictSame(await of(view, 'www-authenticate'), [401, 'Bearer'], view)
  t.strictSame(await of('busy', 'retry-after'), [429, '7'])
  t.strictSame(await of('busier', 'retry-after'), [429, '1'])
})

t.test('beside our own refusals with the same status', async (t) => {
  const upstream = await startUpstream(t, { script: { '/401': refusing(401), '/404': refusing(404) } })
  const source = (status: number) => ({ url: upstream.url(`/${status}`), passStatus: [400, 401, 404, 429] })
  const service = await build(t, {
    server: { auth: { apiKeys: ['client-key'] }, rateLimit: { max: 4, per: '1m' } },
    sources: { a: source(401), b: source(404) },
    views: { a: { sources: ['a'] }, b: { sources: ['b'] } },
  })
  const headers = { 'x-api-key': 'client-key' }
  const typeOf = async (path: string, options = {}) => {
    const { status, json } = await service.get(path, options)
    return `${status} ${json.type.split(':').at(-1)}`
  }
  t.equal(await typeOf('/aggregate/a'), '401 unauthorized')
  t.equal(await typeOf('/aggregate/a', { headers }), '401 sources-refused')
  t.equal(await typeOf('/aggregate/b', { headers }), '404 sources-refused')
  t.equal(await typeOf('/aggregate/b?deadlineMs=0', { headers }), '400 invalid-request')
  t.equal(await typeOf('/aggregate/nope', { headers }), '404 not-found')
  t.equal(await typeOf('/aggregate/b', { headers }), '429 rate-limited')
})

t.test('a simulated status is passed on like a real one, also that of a list', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    server: { simulate: true },
    sources: {
      a: { url: upstream.url('/ok?json=[1]'), passStatus: [404] },
      items: { url: `${upstream.url('/ok')}{?n}`, forEach: { from: 'a', as: 'n' }, passStatus: [404] },
    },
    views: { a: { sources: ['a'] }, items: { sources: ['items'] } },
  })
  for (const key of ['a', 'items']) {
    const of = async (status: number) => {
      return (await service.get(`/aggregate/${key}?simulate=${key}:upstream_status=${status}`)).status
    }
    t.equal(await of(404), 404, key)
    t.equal(await of(403), 502, key)
  }
})

t.test('a list passes a status on if all its items have it', async (t) => {
  const upstream = await startUpstream(t, {
    script: {
      '/same': replying({ body: '[404,404]' }),
      '/mixed': replying({ body: '[404,403]' }),
      '/some': replying({ body: '[404,200]' }),
    },
  })
  const names = ['same', 'mixed', 'some']
  const source = (name: string) => {
    const url = `${upstream.url('/status')}{?code}`
    return { url, passStatus: [403, 404], forEach: { from: name, as: 'code' } }
  }
  const lists = names.map((name) => [name, { url: upstream.url(`/${name}`) }])
  const items = names.map((name) => [`${name}Items`, { ...source(name), format: 'text' }])
  const views = names.map((name) => [name, { sources: [`${name}Items`] }])
  const service = await build(t, {
    sources: Object.fromEntries([...lists, ...items]),
    views: Object.fromEntries(views),
  })
  const statuses = []
  for (const name of names) statuses.push((await service.get(`/aggregate/${name}`)).status)
  t.strictSame(statuses, [404, 502, 200])
})
