import t from 'tap'
import { build } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import { buildPatient } from '../support/patient.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Sources that take values from others, over real sockets. */

const headers = { 'content-type': 'application/json' }
const answering =
  (json: string, status = 200): Handler =>
  async (x) =>
    void (await x.reply({ status, headers, body: json }))
const post = (requests: readonly object[]) => ({
  method: 'POST',
  headers,
  body: JSON.stringify({ requests }),
})

t.test('a value goes from one source into the path, the query, a header and the body of another', async (t) => {
  const upstream = await startUpstream(t, {
    script: { '/user': answering('{"id":"a b","token":"t0","deep":{"n":7}}') },
  })
  const service = await build(t, {
    sources: {
      user: { url: upstream.url('/user'), hidden: true },
      orders: {
        url: `${upstream.origin}/echo/{id}{?n,q}`,
        params: { q: { type: 'string' } },
        method: 'POST',
        safe: true,
        headers: { authorization: 'Bearer {token}' },
        body: { who: '{id}', n: '{n}', text: 'id {id}' },
        bind: {
          id: { from: 'user', select: 'id' },
          token: { from: 'user', select: 'token' },
          n: { from: 'user', select: 'deep.n' },
        },
      },
    },
  })
  const { status, json } = await service.get('/aggregate?q=x')
  t.equal(status, 200)
  t.strictSame(Object.keys(json.data), ['orders'], 'what is only needed is not shown')
  const seen = json.data.orders
  t.equal(seen.target, '/echo/a%20b?n=7&q=x')
  t.equal(seen.method, 'POST')
  t.equal(seen.headers.authorization, 'Bearer t0')
  t.equal(seen.headers['content-type'], 'application/json')
  t.strictSame(JSON.parse(seen.body), { who: 'a b', n: 7, text: 'id a b' })
  t.equal(upstream.count('/user'), 1)
  t.strictSame(
    service.log.named('upstream').map(({ id }) => id),
    ['user', 'orders'],
  )
})

t.test('parameters of what is needed are read from the same query, and a batch has its own', async (t) => {
  const upstream = await startUpstream(t, {
    script: { '/user': async (x) => void (await x.reply({ headers, body: `"${x.query.get('name')}"` })) },
  })
  const service = await build(t, {
    sources: {
      user: {
        url: `${upstream.origin}/user{?name}`,
        params: { name: { type: 'string', required: true } },
        hidden: true,
      },
      orders: { url: `${upstream.origin}/echo/{id}`, bind: { id: { from: 'user' } } },
    },
  })
  t.equal((await service.get('/aggregate?name=ada')).json.data.orders.path, '/echo/ada')
  t.equal((await service.get('/aggregate?name=ada&user.name=bob')).json.data.orders.path, '/echo/bob')
  const missing = await service.get('/aggregate')
  t.equal(missing.status, 400)
  t.match(missing.json.errors, [{ path: 'name', message: /of user is missing; .*orders/ }])
  t.equal((await service.get('/aggregate?nam=ada')).status, 400)
  upstream.reset()
  const batch = await service.get(
    '/aggregate',
    post([
      { id: 'one', source: 'orders', params: { name: 'ada' } },
      { id: 'two', source: 'orders', params: { 'user.name': 'bob' } },
      { id: 'three', source: 'orders', params: { name: 'ada' } },
    ]),
  )
  const paths = Object.entries<{ path: string }>(batch.json.data).map(([key, { path }]) => [key, path])
  t.strictSame(paths, [
    ['one', '/echo/ada'],
    ['two', '/echo/bob'],
    ['three', '/echo/ada'],
  ])
  t.equal(upstream.requests.length, 4, 'what is the same is called once')
})

t.test('a failed dependency fails what needs it, through a chain, and nothing else', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      a: { url: upstream.url('/status?code=404') },
      b: { url: `${upstream.origin}/echo/{id}`, bind: { id: { from: 'a' } } },
      c: { url: `${upstream.origin}/echo/{id}`, bind: { id: { from: 'b', select: 'path' } } },
      d: { url: upstream.url('/ok') },
    },
  })
  const { json } = await service.get('/aggregate')
  t.strictSame([json.data.b, json.data.c, json.data.d], [null, null, { ok: true }])
  const [, b, c] = json.failedSources
  t.match(b, { code: 'dependency_failed', cause: { source: 'a', code: 'upstream_status' }, attempts: 0 })
  t.match(c, { code: 'dependency_failed', cause: { source: 'a', code: 'upstream_status' }, message: /c needs b/ })
  t.equal(upstream.count('/echo/'), 0)
})

t.test("the cause's class decides the status, and a fallback covers a failed dependency", async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      slow: { url: upstream.url('/silent'), timeout: '80ms', hidden: true },
      bare: { url: `${upstream.origin}/echo/{id}`, bind: { id: { from: 'slow' } } },
      covered: { url: `${upstream.origin}/echo/{id}`, bind: { id: { from: 'slow' } }, fallback: [] },
    },
  })
  t.equal((await service.get('/aggregate?sources=bare')).status, 504)
  const { status, json } = await service.get('/aggregate?sources=covered&strict=true')
  t.equal(status, 200)
  t.strictSame(json.data, { covered: [] })
  t.match(json.failedSources, [{ code: 'dependency_failed', servedFrom: 'fallback', cause: { source: 'slow' } }])
})

for (const [json, why] of [
  ['{}', 'is missing'],
  ['{"id":null}', 'is missing'],
  ['{"id":[[1]]}', 'is a list with an item that is not a string, number or boolean'],
  ['{"id":{"a":1}}', 'is not a string, number or boolean'],
  ['{"id":""}', 'would be empty'],
  ['{"id":".."}', 'would be "." or ".."'],
  ['{"id":"a\\nb"}', 'line break'],
  ['{"__proto__":{"id":1}}', 'is missing'],
] as const) {
  t.test(`of ${json} nothing is sent: ${why}`, async (t) => {
    const upstream = await startUpstream(t, { script: { '/user': answering(json) } })
    const service = await build(t, {
      sources: {
        user: { url: upstream.url('/user'), hidden: true },
        orders: { url: `${upstream.origin}/echo/{id}`, bind: { id: { from: 'user', select: 'id' } } },
      },
    })
    const { status, json: answer } = await service.get('/aggregate')
    t.equal(status, 502)
    const [failure] = answer.failedSources
    t.match(failure, { code: 'dependency_failed', cause: { source: 'user' } })
    t.ok(failure.message.includes(why), failure.message)
    t.strictSame(
      upstream.requests.map(({ path }) => path),
      ['/user'],
    )
  })
}

t.test('an empty dependency makes its dependant empty, uncalled; a substituted one is used', async (t) => {
  const upstream = await startUpstream(t)
  const dependant = (from: string) => ({ url: `${upstream.origin}/echo/{id}`, bind: { id: { from } } })
  const service = await build(t, {
    sources: {
      nothing: { url: upstream.url('/status?code=404'), emptyStatuses: [404], hidden: true },
      broken: { url: upstream.url('/status?code=500'), fallback: 'standin', hidden: true },
      one: dependant('nothing'),
      two: dependant('broken'),
      none: { url: upstream.url('/status?code=500&none'), fallback: null, hidden: true },
      three: dependant('none'),
    },
  })
  const { json } = await service.get('/aggregate?explain=true')
  t.strictSame([json.data.one, json.data.three], [null, null])
  t.equal(json.data.two.path, '/echo/standin')
  t.strictSame(json.failedSources, [])
  t.equal(json.meta.sources.one.attempts, 0)
})

t.test('chains run side by side under one deadline', async (t) => {
  const upstream = await startUpstream(t)
  const chains = Object.fromEntries(
    [0, 1, 2].flatMap((n) => [
      [`a${n}`, { url: upstream.url(`/ok?delayMs=300&json=${n}`), hidden: true }],
      [`b${n}`, { url: `${upstream.origin}/ok?delayMs=300&json={v}`, bind: { v: { from: `a${n}` } } }],
    ]),
  )
  const service = await buildPatient(t, { sources: chains })
  await service.get('/aggregate')
  const { json, ms } = await service.get('/aggregate')
  t.strictSame(json.data, { b0: 0, b1: 1, b2: 2 })
  t.ok(ms >= 595 && ms < 1500, `two after each other, not six (${ms})`)
  const cut = await service.get('/aggregate?deadlineMs=450')
  t.equal(cut.status, 504)
  t.ok(cut.ms < 2000)
  for (const failure of cut.json.failedSources) t.equal(failure.code, 'deadline_exceeded')
})

t.test('in a view, the entry that has a source stands for it, with what is fixed', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      user: { url: `${upstream.origin}/ok{?json}`, params: { json: { type: 'integer', default: 1 } }, required: true },
      orders: { url: `${upstream.origin}/echo/{id}`, bind: { id: { from: 'user' } } },
    },
    views: { home: { sources: { me: { source: 'user', params: { json: 42 } }, orders: {} } } },
  })
  const whole = await service.get('/aggregate/home')
  t.equal(whole.json.data.me, 42)
  t.equal(whole.json.data.orders.path, '/echo/42')
  t.equal(upstream.count('/ok'), 1, 'once for both')
  const part = await service.get('/aggregate/home?sources=orders')
  t.equal(part.json.data.orders.path, '/echo/42', 'also where it is not asked for')
})

t.test('a client that leaves is no failed dependency', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      user: { url: upstream.url('/silent'), hidden: true },
      orders: { url: `${upstream.origin}/echo/{id}`, bind: { id: { from: 'user' } } },
    },
  })
  await t.rejects(service.get('/aggregate', { timeoutMs: 100 }))
  await eventually(() => service.log.named('upstream').length === 2)
  for (const line of service.log.named('upstream')) t.match(line, { outcome: 'cancelled', level: 30 })
})
