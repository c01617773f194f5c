import { createServer, type IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { parseConfig } from '../src/config/load.ts'
import { build } from './support/build.ts'
import { get } from './support/client.ts'
import { eventually } from './support/eventually.ts'
import type { Owner } from './support/owner.ts'

/** `Service.reload`: another configuration, without losing a request, a connection or a cached answer. */

interface Counting {
  readonly origin: string
  readonly calls: string[]
  connections: number
}

/** A source that answers with its path, after as many milliseconds as the query says. */
async function startCounting(t: Owner): Promise<Counting> {
  const server = createServer((request: IncomingMessage, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x')
    counting.calls.push(pathname)
    setTimeout(() => response.end(JSON.stringify(pathname)), Number(searchParams.get('ms')))
  })
  server.on('connection', () => {
    counting.connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as { port: number }
  const counting: Counting = { origin: `http://127.0.0.1:${port}`, calls: [], connections: 0 }
  return counting
}

function configOf(config: object) {
  const loaded = parseConfig(JSON.stringify(config), { PORT: '0' })
  if (loaded.config === null) throw new Error(JSON.stringify(loaded.problems))
  return loaded.config
}

t.test('unchanged sources keep connections and caches; changed ones answer anew', async (t) => {
  const upstream = await startCounting(t)
  const a = { url: `${upstream.origin}/a`, cache: { ttl: '1m' } }
  const service = await build(t, {
    sources: { a, b: { url: `${upstream.origin}/b` }, c: { url: `${upstream.origin}/c` } },
  })
  t.same((await get(`${service.address}/aggregate`)).json.data, { a: '/a', b: '/b', c: '/c' })
  const before = upstream.connections
  const next = {
    // the shape reads `a` as a value from now on: it is the same source nevertheless
    sources: { a, b: { url: `${upstream.origin}/other` }, d: { url: `${upstream.origin}/d` } },
    views: { v: { sources: ['a'], shape: 'a' } },
  }
  t.same(await service.reload(configOf(next)), {
    kept: ['a'],
    started: ['b', 'd'],
    stopped: ['b', 'c'],
    needRestart: [],
  })
  t.same((await get(`${service.address}/aggregate`)).json.data, { a: '/a', b: '/other', d: '/d' })
  t.same((await get(`${service.address}/aggregate/v`)).json.data, '/a')
  t.equal(upstream.calls.filter((path) => path === '/a').length, 1, 'its cached answer is still served')
  t.equal(upstream.connections, before + 2, 'only the sources that have changed connect again')
  const paths = (await get(`${service.address}/docs/json`)).json.paths
  t.ok('/aggregate/v' in paths, 'the document is the new one')
})

t.test('a breaker stays open over a reload', async (t) => {
  const sources = { a: { url: 'http://127.0.0.1:1/', retry: false, breaker: { minCalls: 1, failureRate: 0.1 } } }
  const service = await build(t, { sources })
  await get(`${service.address}/aggregate`)
  const state = async () => (await get(`${service.address}/sources`)).json.sources[0].breaker
  t.equal(await state(), 'open')
  await service.reload(configOf({ sources, views: { v: { sources: ['a'] } } }))
  t.equal(await state(), 'open')
})

t.test('requests in progress finish with the sources that they began with', async (t) => {
  const upstream = await startCounting(t)
  const service = await build(t, { sources: { old: { url: `${upstream.origin}/old?ms=700` } } })
  const asked = get(`${service.address}/aggregate`)
  await eventually(() => upstream.calls.length === 1, 2000)
  await service.reload(configOf({ sources: { fresh: { url: `${upstream.origin}/fresh` } } }))
  t.same((await get(`${service.address}/aggregate`)).json.data, { fresh: '/fresh' })
  const { status, json } = await asked
  t.equal(status, 200)
  t.same(json.data, { old: '/old' })
})

t.test('twenty reloads under load lose nothing', async (t) => {
  const upstream = await startCounting(t)
  const config = (n: number) => ({
    sources: {
      kept: { url: `${upstream.origin}/kept?ms=20` },
      turned: { url: `${upstream.origin}/turned${n}?ms=40` },
    },
  })
  const service = await build(t, config(0))
  const lost: string[] = []
  let answered = 0
  let isOver = false
  const ask = async (): Promise<void> => {
    while (!isOver) {
      const { status, json } = await get(`${service.address}/aggregate`)
      if (status === 200 && json.partial === false) answered += 1
      else lost.push(`${status} ${JSON.stringify(json)}`)
    }
  }
  const askers = Array.from({ length: 4 }, ask)
  for (let n = 1; n <= 20; n += 1) {
    await service.reload(configOf(config(n)))
    await pause(60)
  }
  isOver = true
  await Promise.all(askers)
  t.same(lost, [])
  t.ok(answered > 50, `${answered} answered`)
  t.comment(`${answered} answered, ${lost.length} lost in 20 reloads`)
})

t.test('limits of the server follow; host and ports need a restart', async (t) => {
  const sources = { a: { url: 'http://127.0.0.1:1/' } }
  const service = await build(t, { sources })
  const next = { server: { maxInFlight: 1, maxBody: '1kb', operationsPort: 0, host: '127.0.0.2' }, sources }
  const { needRestart } = await service.reload(configOf(next))
  t.same(needRestart, ['server.host', 'server.operationsPort'])
  t.equal((await get(`${service.address}/health/live`)).status, 200, 'operations stay where they are')
  const headers = { 'content-type': 'application/json' }
  t.equal((await get(`${service.address}/aggregate`, { method: 'POST', headers, body: ' '.repeat(2000) })).status, 413)
})

t.test('if the new configuration cannot be served, the old one stays', async (t) => {
  const upstream = await startCounting(t)
  const service = await build(t, { sources: { a: { url: `${upstream.origin}/a` } } })
  const next = configOf({ sources: { b: { url: `${upstream.origin}/b` } } })
  const views = {
    values: () => {
      throw new Error('broken')
    },
  }
  await t.rejects(service.reload({ ...next, views: views as never }), { message: 'broken' })
  t.same((await get(`${service.address}/aggregate`)).json.data, { a: '/a' })
})
