import t from 'tap'
import { build } from '../support/build.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Placeholders in headers and bodies: what reaches the upstream, over real sockets. */

const text = { type: 'string' }
const replying =
  (json: string): Handler =>
  async (x) =>
    void (await x.reply({ headers: { 'content-type': 'application/json' }, body: json }))

t.test('parameters, values and bound values stand in headers', async (t) => {
  const upstream = await startUpstream(t, { script: { '/user': replying('{"token":"t0"}') } })
  const source = {
    url: upstream.url('/echo'),
    params: { lang: text, ids: { type: 'array', items: { type: 'integer' } }, tenant: { ...text, required: true } },
    values: { key: 'hunter2' },
    bind: { token: { from: 'user', select: 'token' } },
    headers: {
      'Accept-Language': '{lang}',
      'X-Ids': 'ids={ids}',
      'X-Tenant': '{tenant}/{lang}',
      'X-Key': 'key {key}',
      'X-Text': '{{lang}} { lang } {}',
      authorization: 'Bearer {token}',
    },
  }
  const service = await build(t, {
    sources: { user: { url: upstream.url('/user'), hidden: true }, a: source },
  })
  const sent = async (query: string) => (await service.get(`/aggregate?${query}`)).json.data.a.headers
  t.match(await sent('lang=de&ids=1&ids=2&tenant=acme'), {
    'accept-language': 'de',
    'x-ids': 'ids=1,2',
    'x-tenant': 'acme/de',
    'x-key': 'key hunter2',
    'x-text': '{lang} { lang } {}',
    authorization: 'Bearer t0',
  })
  const without = await sent('tenant=acme')
  t.notOk('accept-language' in without || 'x-ids' in without, 'absent optional parameters leave their headers out')
  t.equal(without['x-tenant'], 'acme/')
})

t.test('a value that no header can hold is a 400, and from another source dependency_failed', async (t) => {
  const upstream = await startUpstream(t, { script: { '/user': replying('{"token":"a\\nb"}') } })
  const service = await build(t, {
    sources: {
      plain: { url: upstream.url('/echo'), params: { q: text }, headers: { 'x-q': '{q}' } },
      user: { url: upstream.url('/user'), hidden: true },
      bound: {
        url: upstream.url('/echo'),
        headers: { 'x-t': '{token}' },
        bind: { token: { from: 'user', select: 'token' } },
      },
    },
  })
  for (const q of ['a%0D%0Ax-admin:%201', 'a%00', '%C3%A4', '%7F']) {
    const { status, json } = await service.get(`/aggregate?sources=plain&q=${q}`)
    t.equal(status, 400, q)
    t.match(json.errors, [{ path: 'q', message: /"q" holds a character that no header can hold/ }])
  }
  t.equal(upstream.count('/echo'), 0, 'nothing was sent')
  const { json } = await service.get('/aggregate?sources=bound')
  t.match(json.failedSources, [{ code: 'dependency_failed', cause: { source: 'user' } }])
  t.equal(upstream.count('/echo'), 0)
})

t.test('in a body, a whole string keeps the type of its value, and a part of one is text', async (t) => {
  const upstream = await startUpstream(t)
  const source = {
    url: upstream.url('/echo'),
    method: 'POST',
    safe: true,
    params: {
      q: text,
      n: { type: 'integer' },
      tags: { type: 'array', items: { type: 'integer' } },
      filter: { type: 'object' },
    },
    values: { lang: 'en' },
    body: {
      q: '{q}',
      note: 'for {q} in {lang}, {tags}',
      only: 'for {q}',
      n: '{n}',
      text: 'n={n}',
      tags: '{tags}',
      filter: '{filter}',
      query: '{ find { name } } {{q}}',
    },
  }

  const service = await build(t, { sources: { a: source } })
  const sent = async (params: object) => {
    const body = JSON.stringify({ requests: [{ source: 'a', params }] })
    const headers = { 'content-type': 'application/json' }
    const { json } = await service.get('/aggregate', { method: 'POST', headers, body })
    return JSON.parse(json.data.a.body)
  }
  const hostile = '"},"admin":true,"x":"{n}{{q}}\\'
  t.strictSame(await sent({ q: hostile, n: 5, tags: [1, 2], filter: { a: [{ b: '{q}' }] } }), {
    q: hostile,
    note: `for ${hostile} in en, 1,2`,
    only: `for ${hostile}`,
    n: 5,
    text: 'n=5',
    tags: [1, 2],
    filter: { a: [{ b: '{q}' }] },
    query: '{ find { name } } {q}',
  })
  t.strictSame(await sent({}), { note: 'for  in en, ', query: '{ find { name } } {q}' }, 'absent ones are left out')
})

t.test('a map within a text is a 400', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      a: { url: upstream.url('/echo'), method: 'POST', safe: true, params: { m: {} }, body: { text: 'm is {m}' } },
    },
  })
  const body = JSON.stringify({ requests: [{ source: 'a', params: { m: { a: 1 } } }] })
  const { status, json } = await service.get('/aggregate', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  t.equal(status, 400)
  t.match(json.errors, [{ message: /"m" holds a map, which cannot stand within a text/ }])
  t.equal(upstream.count('/echo'), 0)
})

t.test('one client is never served what was cached for another: headers and bodies are in the key', async (t) => {
  const upstream = await startUpstream(t)
  const kept = { params: { tenant: text }, cache: { ttl: '20s', staleIfError: '1m' } }
  const service = await build(t, {
    sources: {
      header: { url: upstream.url('/echo?header'), headers: { 'x-tenant': '{tenant}' }, ...kept },
      body: { url: upstream.url('/echo?body'), method: 'POST', safe: true, body: ['t {tenant}'], ...kept },
    },
  })
  const ask = async (source: string, tenant: string) => {
    const { json } = await service.get(`/aggregate?sources=${source}&tenant=${tenant}`)
    return source === 'header' ? json.data.header.headers['x-tenant'] : JSON.parse(json.data.body.body)[0]
  }
  for (const round of [1, 2]) {
    for (const tenant of ['acme', 'other']) {
      t.equal(await ask('header', tenant), tenant, `header, round ${round}`)
      t.equal(await ask('body', tenant), `t ${tenant}`, `body, round ${round}`)
    }
  }
  t.equal(upstream.count('/echo?header'), 2, 'and what is the same is served from the cache')
})

t.test('the host of headers is what the source is told', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, { sources: { a: { url: upstream.url('/echo'), headers: { Host: 'shop.example' } } } })
  for (const _ of [1, 2]) t.equal((await service.get('/aggregate')).json.data.a.headers.host, 'shop.example')
})
