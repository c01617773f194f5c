import { setTimeout as pause } from 'node:timers/promises'
import tls from 'node:tls'
import t from 'tap'
import { build } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import { trackLeaks } from '../support/leaks.ts'
import type { Exchange } from '../support/upstream/exchange.ts'
import { ok } from '../support/upstream/plain.ts'
import { ca } from '../support/upstream/tls.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Effects of one response on the next request of its connection. */

t.test('connections are kept and used again, one request at a time', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, { sources: { a: { url: upstream.url('/ok?delayMs=150') } } })
  for (let n = 0; n < 5; n += 1) t.equal((await service.get('/aggregate')).status, 200)
  t.equal(upstream.connections, 1, 'one after the other take one connection')
  await Promise.all(Array.from({ length: 4 }, () => service.get('/aggregate')))
  t.equal(upstream.connections, 4, 'four at once take four')
  await Promise.all(Array.from({ length: 4 }, () => service.get('/aggregate')))
  t.equal(upstream.connections, 4, 'and keep them')
})

t.test('a second response smuggled behind the first never answers another request', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      together: { url: upstream.url('/smuggled') },
      later: { url: upstream.url('/smuggled?delayMs=20') },
      clean: { url: upstream.url('/ok?json=[1]') },
    },
  })
  for (let n = 0; n < 8; n += 1) {
    const { json, body } = await service.get('/aggregate')
    t.same(json.data, { together: { ok: true }, later: { ok: true }, clean: [1] })
    t.notMatch(body, /smuggled/)
    // bytes that arrive after the next request was sent cannot be distinguished from its response
    await pause(30)
  }
})

t.test('a connection that closed while idle is replaced unnoticed', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, { sources: { a: { url: upstream.url('/idle-close?afterMs=30&hint=5') } } })
  for (let n = 0; n < 5; n += 1) {
    t.equal((await service.get('/aggregate')).status, 200)
    await eventually(() => upstream.open === 0)
  }
  t.equal(upstream.connections, 5)
})

for (const how of ['fin', 'rst']) {
  t.test(`a connection that breaks (${how}) as it is used again costs no attempt, nor a failure`, async (t) => {
    const leaks = trackLeaks(t)
    const upstream = await startUpstream(t)
    const target = `/close-on-reuse?how=${how}`
    const service = await build(t, { defaults: { retry: false }, sources: { a: { url: upstream.url(target) } } })
    // the first request opens a connection, the second loses it and opens another, which the third loses
    for (const [requests, connections] of [
      [1, 1],
      [3, 2],
      [5, 3],
    ]) {
      const { json } = await service.get('/aggregate?explain=true')
      t.strictSame(json.data, { a: { ok: true } })
      t.equal(json.meta.sources.a.attempts, 1)
      t.strictSame([upstream.requests.length, upstream.connections], [requests, connections])
    }
    t.strictSame(
      service.log.named('attempt').map(({ attempt, outcome }) => [attempt, outcome]),
      Array(3).fill([1, 'ok']),
      'observers are told of three attempts that went well',
    )
    await service.stop()
    await upstream.close()
    await leaks.assertNone()
  })
}

t.test('the repeated request uses a new connection, because other idle ones may be broken, too', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    defaults: { retry: false },
    sources: { a: { url: upstream.url('/close-on-reuse?delayMs=300') } },
  })
  await Promise.all(Array.from({ length: 4 }, () => service.get('/aggregate')))
  t.equal(upstream.connections, 4)
  upstream.reset()
  const { json } = await service.get('/aggregate?explain=true')
  t.strictSame([json.data, json.meta.sources.a.attempts], [{ a: { ok: true } }, 1])
  t.strictSame([upstream.requests.length, upstream.connections], [2, 5])
})

t.test('a request is repeated once, not after part of an answer, and only if it is idempotent', async (t) => {
  const partly = async (x: Exchange) => {
    if (x.nthOnConnection === 1) return ok(x)
    await x.write('HTTP/1.1 200 OK\r\ncontent-')
    if (await x.sleep(20)) x.rst()
  }
  let asked = 0
  const once = (x: Exchange) => {
    asked += 1
    return asked === 1 ? ok(x) : x.rst()
  }
  const upstream = await startUpstream(t, { script: { '/partly': partly, '/once': once } })
  const service = await build(t, {
    defaults: { retry: false },
    sources: {
      unsafe: { url: upstream.url('/close-on-reuse'), idempotent: false },
      partly: { url: upstream.url('/partly') },
      once: { url: upstream.url('/once') },
    },
  })
  t.equal((await service.get('/aggregate')).json.partial, false)
  upstream.reset()
  const { json } = await service.get('/aggregate')
  for (const entry of json.failedSources) t.match(entry, { code: 'connection_terminated', attempts: 1 }, entry.id)
  t.equal(json.failedSources.length, 3)
  t.strictSame([upstream.count('/close-on-reuse'), upstream.count('/partly')], [1, 1])
  t.equal(upstream.count('/once'), 2, 'the free one met a dead end, too')
})

t.test('a request is repeated over TLS, too', async (t) => {
  const before = tls.getCACertificates('default')
  tls.setDefaultCACertificates([...before, ca])
  t.teardown(() => tls.setDefaultCACertificates(before))
  const upstream = await startUpstream(t, { tls: 'good' })
  const service = await build(t, {
    // a handshake takes long on a busy machine
    deadline: { default: '10s' },
    defaults: { retry: false, timeout: '5s', connectTimeout: '5s' },
    sources: { fin: { url: upstream.url('/close-on-reuse') }, rst: { url: upstream.url('/close-on-reuse?how=rst') } },
  })
  for (let n = 0; n < 3; n += 1) t.equal((await service.get('/aggregate')).json.partial, false)
  t.equal(upstream.requests.length, 10)
})

t.test('after a failing status, the connection is kept if the body is short', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      short: { url: upstream.url('/status?code=404&bodyBytes=2000') },
      large: { url: upstream.url('/status?code=404&bodyBytes=200000') },
    },
  })
  for (let n = 0; n < 3; n += 1) await service.get('/aggregate?sources=short')
  t.equal(upstream.connections, 1)
  for (let n = 0; n < 3; n += 1) await service.get('/aggregate?sources=large')
  t.equal(upstream.connections, 4)
  await eventually(() => upstream.open === 1)
})

t.test('deeply nested JSON is passed on unchanged', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: { deep: { url: upstream.url('/deep-json?levels=200000'), timeout: '5s' } },
    deadline: { default: '5s' },
  })
  const { status, body } = await service.get('/aggregate')
  t.equal(status, 200)
  t.equal(body.slice(0, 18), '{"data":{"deep":[[')
  t.ok(body.includes('['.repeat(200_000) + ']'.repeat(200_000)))
})
