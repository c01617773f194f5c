import t from 'tap'
import { build } from '../support/build.ts'
import { sendRaw } from '../support/client.ts'
import type { Owner } from '../support/owner.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

/** What sources learn of the client's address, over real sockets. */

const NAMES = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded', 'x-real-ip']
const CLAIMS = {
  'x-forwarded-for': '198.51.100.7, 203.0.113.9',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'shop.example',
  forwarded: 'for=198.51.100.7',
  'x-real-ip': '198.51.100.7',
}

/** Those headers of the last request that say who asks. */
function told({ requests }: Upstream): Readonly<Record<string, unknown>> {
  const { headers = {} } = requests.at(-1) ?? {}
  return Object.fromEntries(NAMES.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])))
}

async function served(t: Owner, trustProxy: unknown, more = {}) {
  const upstream = await startUpstream(t)
  const a = { url: upstream.url('/ok'), clientAddress: true, ...more }
  const service = await build(t, { server: { trustProxy }, sources: { a, plain: { url: upstream.url('/ok?plain') } } })
  const ask = async (headers: Readonly<Record<string, string>> = {}, id = 'a') => {
    const answer = await service.get(`/aggregate?sources=${id}`, { headers })
    return { answer, told: told(upstream) }
  }
  return { upstream, service, ask, own: `127.0.0.1:${service.port}` }
}

t.test('without trustProxy a source learns the address of the connection, whatever the client claims', async (t) => {
  const { ask, own } = await served(t, false)
  const truth = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-host': own }
  t.strictSame((await ask()).told, truth)
  t.strictSame((await ask(CLAIMS)).told, truth)
})

t.test('a source without clientAddress learns nothing', async (t) => {
  const { ask } = await served(t, true)
  t.strictSame((await ask(CLAIMS, 'plain')).told, {})
})

t.test('what a trusted proxy said is sent as far as it is trusted, and its address is appended', async (t) => {
  const cases = [
    ['loopback', '203.0.113.9, 127.0.0.1'],
    [['127.0.0.1', '203.0.113.0/24'], '198.51.100.7, 203.0.113.9, 127.0.0.1'],
    [true, '198.51.100.7, 203.0.113.9, 127.0.0.1'],
    [1, '203.0.113.9, 127.0.0.1'],
    [2, '198.51.100.7, 203.0.113.9, 127.0.0.1'],
  ] as const
  for (const [trustProxy, addresses] of cases) {
    const { ask } = await served(t, trustProxy)
    const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' }
    t.strictSame((await ask(CLAIMS)).told, { 'x-forwarded-for': addresses, ...proxied }, String(trustProxy))
  }
  for (const trustProxy of ['10.0.0.0/8', 0]) {
    const { ask, own } = await served(t, trustProxy)
    const truth = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-host': own }
    t.strictSame((await ask(CLAIMS)).told, truth, `the peer is not trusted: ${trustProxy}`)
  }
})

t.test('what a trusted proxy passes on unchecked cannot become another header or another host', async (t) => {
  const { upstream, service, own } = await served(t, 'loopback')
  const send = async (lines: string) => {
    const answer = await sendRaw(service.port, `GET /aggregate?sources=a HTTP/1.1\r\n${lines}connection: close\r\n\r\n`)
    t.equal(answer.status, 200, lines)
    return told(upstream)
  }
  const host = `host: ${own}\r\n`
  const odd = 'x-forwarded-for: 198.51.100.7, <script>\r\nx-forwarded-proto: javascript\r\nx-forwarded-host: a,b/c\r\n'
  // the last entry of a list counts, and it is no host
  t.strictSame(await send(host + odd), { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' })
  const twice = 'x-forwarded-for: 198.51.100.7\r\nx-forwarded-for: 2001:DB8::1\r\n'
  t.match(await send(host + twice), { 'x-forwarded-for': '2001:DB8::1, 127.0.0.1' })
  t.match(await send('host: [::1]:8080\r\n'), { 'x-forwarded-host': '[::1]:8080' })
  t.notOk('x-forwarded-host' in (await send("host: a'b,c\r\n")), 'a valid Host that is no list of hosts')
})

t.test('it is part of the key of the cache and of coalescing, and of what an answer varies by', async (t) => {
  const { upstream, ask } = await served(t, 'loopback', { cache: { ttl: '1m' } })
  const of = (address: string) => ask({ 'x-forwarded-for': address })
  const first = await of('203.0.113.1')
  t.match(first.answer.headers, {
    'cache-control': /^max-age=\d+, private$/,
    vary: /accept, prefer, x-forwarded-for, x-forwarded-proto, x-forwarded-host/,
  })
  await of('203.0.113.1')
  t.equal(upstream.requests.length, 1, 'kept for the same address')
  await of('203.0.113.2')
  t.equal(upstream.requests.length, 2, 'not given to another one')
  await ask({ 'x-forwarded-for': '203.0.113.1', 'x-forwarded-proto': 'https' })
  t.equal(upstream.requests.length, 3)
  await Promise.all(['203.0.113.3', '203.0.113.4'].map(of))
  t.same(
    upstream.requests
      .slice(3)
      .map(({ headers }) => headers['x-forwarded-for'])
      .sort(),
    ['203.0.113.3, 127.0.0.1', '203.0.113.4, 127.0.0.1'],
  )
})

t.test('a source that needs data of another one, and one for each item, learn it too', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    server: { trustProxy: 1 },
    sources: {
      list: { url: upstream.url('/ok?list'), hidden: true },
      each: {
        url: `${upstream.url('/ok')}?each={id}`,
        clientAddress: true,
        forEach: { from: 'list', select: '[`1`, `2`]', as: 'id' },
      },
    },
  })
  t.equal((await service.get('/aggregate', { headers: { 'x-forwarded-for': '203.0.113.9' } })).status, 200)
  const each = upstream.requests.filter(({ target }) => target.includes('each='))
  t.same(
    each.map(({ headers }) => headers['x-forwarded-for']),
    ['203.0.113.9, 127.0.0.1', '203.0.113.9, 127.0.0.1'],
  )
})

t.test('pages of other origins are not told that they may send these headers', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    server: { cors: { origins: ['https://app.example'] } },
    sources: { a: { url: upstream.url('/ok'), clientAddress: true } },
  })
  const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' }
  const preflight = await service.get('/aggregate', { method: 'OPTIONS', headers })
  t.notMatch(preflight.headers['access-control-allow-headers'], /forwarded/i)
})
