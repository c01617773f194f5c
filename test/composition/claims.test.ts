import type { JWTPayload } from 'jose'
import t, { type Test } from 'tap'
import { AUDIENCE, claimsOf, ISSUER, SECRET, shared } from '../access/issuer.ts'
import { type Built, build } from '../support/build.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

/** Sources that take values from the client's token, over real sockets. */

const KEY = 'a-key-of-these-tests'
const server = { auth: { apiKeys: [KEY], jwt: { secret: SECRET, issuer: ISSUER, audience: AUDIENCE } } }
const json = { 'content-type': 'application/json' }

async function asks(claims: JWTPayload): Promise<{ headers: Record<string, string> }> {
  return { headers: { authorization: `Bearer ${await shared(claimsOf(claims))}` } }
}

interface Bench {
  readonly upstream: Upstream
  readonly service: Built
}

async function benchFor(t: Test, sources: (upstream: Upstream) => object, more: object = {}): Promise<Bench> {
  const upstream = await startUpstream(t, {
    script: {
      '/user': async (x) => void (await x.reply({ headers: json, body: '{"id":"u1"}' })),
      '/list': async (x) => void (await x.reply({ headers: json, body: '["i1","i2"]' })),
    },
  })
  return { upstream, service: await build(t, { server, sources: sources(upstream), ...more }) }
}

t.test('claims go into the path, the query, a header and the body', async (t) => {
  const { service } = await benchFor(t, (upstream) => ({
    orders: {
      url: `${upstream.origin}/echo/{t}{?n,q}`,
      params: { q: { type: 'string' } },
      method: 'POST',
      safe: true,
      headers: { 'x-sub': 'of {sub}' },
      body: { who: '{sub}', n: '{n}', text: 'for {sub}' },
      bind: {
        t: { from: 'claims', select: 'tenant' },
        n: { from: 'claims', select: 'deep.n' },
        sub: { from: 'claims', select: 'sub' },
      },
    },
  }))
  const { status, json } = await service.get('/aggregate?q=x', await asks({ tenant: 'a b/ä', deep: { n: 7 } }))
  t.equal(status, 200)
  const seen = json.data.orders
  t.equal(seen.target, '/echo/a%20b%2F%C3%A4?n=7&q=x')
  t.strictSame(JSON.parse(seen.body), { who: 'ada', n: 7, text: 'for ada' })
  t.equal(seen.headers.authorization, undefined, 'the token itself is not sent')
})

t.test('a header with a claim is sent, and only if it can hold it', async (t) => {
  const { service, upstream } = await benchFor(t, (upstream) => ({
    a: {
      url: upstream.url('/echo'),
      headers: { 'x-tenant': 'of {t}' },
      bind: { t: { from: 'claims', select: 'tenant' } },
    },
  }))
  const { json } = await service.get('/aggregate', await asks({ tenant: 't1' }))
  t.equal(json.data.a.headers['x-tenant'], 'of t1')
  for (const tenant of ['a\r\nx-evil: 1', 'a\nb', 'a\0', 'ä']) {
    const refused = await service.get('/aggregate', await asks({ tenant }))
    t.equal(refused.status, 403, JSON.stringify(tenant))
    t.equal(
      refused.json.detail,
      'A claim of the credential does not fit: "t" holds a character that no header can hold; use printable ASCII (for a).',
    )
  }
  t.equal(upstream.count('/echo'), 1)
})

t.test('a credential that lacks a claim is a 403 before anything is called', async (t) => {
  const { service, upstream } = await benchFor(
    t,
    (upstream) => ({
      free: { url: upstream.url('/ok') },
      user: { url: upstream.url('/user'), hidden: true },
      orders: {
        url: `${upstream.origin}/echo/{t}{?u}`,
        bind: { t: { from: 'claims', select: 'tenant' }, u: { from: 'user', select: 'id' } },
      },
    }),
    { views: { home: { sources: { mine: { source: 'orders' } } } } },
  )
  const wanted = 'The credential has no claim that gives "t" (for orders); send a token that has it.'
  const body = JSON.stringify({ requests: [{ id: 'x', source: 'orders' }] })
  for (const asked of [
    await asks({}),
    await asks({ tenant: ['t1'] }),
    await asks({ tenant: '' }),
    { headers: { 'x-api-key': KEY } },
  ]) {
    const plain = await service.get('/aggregate', asked)
    t.equal(plain.status, 403)
    t.equal(plain.json.type, 'urn:tributary:problem:forbidden')
    t.equal(plain.json.detail, wanted)
    t.equal((await service.get('/aggregate/home', asked)).status, 403)
    const batch = { method: 'POST', body, headers: { ...asked.headers, ...json } }
    t.equal((await service.get('/aggregate', batch)).status, 403)
    t.equal((await service.get('/aggregate?sources=free', asked)).status, 200)
  }
  t.equal(upstream.count('/user') + upstream.count('/echo'), 0)
  for (const tenant of ['.', '..', '%2e%2e']) {
    const { status, json } = await service.get('/aggregate', await asks({ tenant }))
    t.equal(status, tenant.startsWith('%') ? 200 : 403, tenant)
    if (status === 403)
      t.equal(
        json.detail,
        'A claim of the credential does not fit: the path segment of "t" would be "." or ".." (for orders).',
      )
    else t.equal(json.data.orders.target, '/echo/%252e%252e?u=u1', 'a percent sign is encoded')
  }
  t.notMatch(JSON.stringify(service.log.named('request refused')), /t1/)
})

t.test('claims stand beside values of sources and items of lists, in views and batches too', async (t) => {
  const { service } = await benchFor(
    t,
    (upstream) => ({
      user: { url: upstream.url('/user'), hidden: true },
      list: { url: upstream.url('/list'), hidden: true },
      profile: {
        url: `${upstream.origin}/echo/{t}/{u}`,
        select: 'target',
        bind: { t: { from: 'claims', select: 'tenant' }, u: { from: 'user', select: 'id' } },
      },
      items: {
        url: `${upstream.origin}/echo/{t}/{i}`,
        select: 'target',
        bind: { t: { from: 'claims', select: 'tenant' } },
        forEach: { from: 'list', as: 'i' },
      },
      inner: { url: `${upstream.origin}/echo/{t}`, hidden: true, bind: { t: { from: 'claims', select: 'tenant' } } },
      outer: { url: `${upstream.origin}/echo{?x}`, select: 'target', bind: { x: { from: 'inner', select: 'target' } } },
    }),
    { views: { home: { sources: ['profile', 'outer'], shape: '{p: profile, o: outer}' } } },
  )
  const asked = await asks({ tenant: 't1' })
  const data = { profile: '/echo/t1/u1', items: ['/echo/t1/i1', '/echo/t1/i2'], outer: '/echo?x=%2Fecho%2Ft1' }
  t.strictSame((await service.get('/aggregate', asked)).json.data, data)
  t.strictSame((await service.get('/aggregate/home', asked)).json.data, { p: data.profile, o: data.outer })
  const body = JSON.stringify({
    requests: [
      { id: 'x', source: 'profile' },
      { id: 'y', source: 'items' },
    ],
  })
  const batch = await service.get('/aggregate', { method: 'POST', body, headers: { ...asked.headers, ...json } })
  t.strictSame(batch.json.data, { x: data.profile, y: data.items })
  t.equal((await service.get('/aggregate?sources=outer', await asks({}))).status, 403, 'a dependency needs its claim')
})

t.test('no tenant gets what was cached or is being fetched for another', async (t) => {
  const { service, upstream } = await benchFor(t, (upstream) => {
    const bind = { t: { from: 'claims', select: 'tenant' } }
    const common = { bind, cache: { ttl: '1m' } }
    return {
      path: { ...common, url: `${upstream.origin}/echo/{t}`, select: 'target' },
      header: { ...common, url: upstream.url('/echo'), headers: { 'x-t': '{t}' }, select: 'headers."x-t"' },
      body: { ...common, url: upstream.url('/echo'), method: 'POST', safe: true, body: '{t}', select: 'body' },
    }
  })
  const of = async (tenant: unknown) => (await service.get('/aggregate', await asks({ tenant }))).json.data
  const expected = (tenant: string) => ({ path: `/echo/${tenant}`, header: tenant, body: `"${tenant}"` })
  const tenants = ['t1', 't2', 't1', 't3', 't2', 't1']
  t.strictSame(await Promise.all(tenants.map(of)), tenants.map(expected))
  t.strictSame(await of('t1'), expected('t1'))
  t.equal(upstream.requests.length, 9, 'three sources for three tenants')
  t.equal((await of(1)).body, '1', 'a number is not the text of its digits')
  t.equal((await of('1')).body, '"1"')
})

t.test('logs, /sources and the document say nothing of claims', async (t) => {
  const { service } = await benchFor(t, (upstream) => ({
    orders: { url: `${upstream.origin}/echo/{t}`, bind: { t: { from: 'claims', select: 'tenant' } } },
  }))
  const asked = await asks({ tenant: 'zz-tenant' })
  t.equal((await service.get('/aggregate', asked)).status, 200)
  const sources = await service.get('/sources', asked)
  const document = await service.get('/docs/json')
  t.notMatch(`${sources.body}${document.body}${JSON.stringify(service.log.lines)}`, /zz-tenant|a-key-of|at least 32/)
  t.match(service.log.named('attempt'), [{ url: /\/echo\/MASKED$/ }])
})
