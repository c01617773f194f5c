import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { build } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** What one response leaves behind for the next request on its connection. */

t.test('connections are kept and used again, one request at a time', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, { sources: { a: { url: upstream.url('/ok?delayMs=20') } } })
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
    // what arrives while the next request is under way cannot be told from its answer, by anybody
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

t.test('a failing status keeps its connection where its body is short, and loses it where it is not', async (t) => {
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

t.test('nesting without limit is passed on as it came', async (t) => {
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
