import { fastify } from 'fastify'
import t, { type Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config/load.ts'
import { Events } from '../../src/core/events.ts'
import { followClient } from '../../src/core/trace.ts'
import { MemoryCounter } from '../../src/http/memory-counter.ts'
import errors from '../../src/plugins/errors.ts'
import rateLimit from '../../src/plugins/rate-limit.ts'
import { Runtime } from '../../src/runtime.ts'
import { memoryLog } from '../support/build.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { type Injected, inject } from '../support/inject.ts'

/** The client rate limit. What holds for every route is asked of the app; Redis is in test/redis. */

const SOURCES = { a: { url: 'http://127.0.0.1:1/', fallback: { value: 1 } } }

const limited = (t: Test, max: number, server: object = {}): Promise<Injected> =>
  inject(t, {
    server: { rateLimit: { max, per: '1m' }, ...server },
    sources: SOURCES,
    views: { home: { sources: ['a'] } },
  })

type Ask = Readonly<{
  method?: string
  url?: string
  headers?: Record<string, string>
  body?: object
  remoteAddress?: string
}>

async function statusOf({ app }: Injected, { method = 'GET', url = '/sources', ...more }: Ask = {}): Promise<number> {
  return (await app.inject({ method: method as 'GET', url, ...more })).statusCode
}

t.test('one more is a problem document with Retry-After', async (t) => {
  const service = await limited(t, 1)
  t.equal(await statusOf(service), 200)
  const refused = await service.app.inject('/sources')
  t.equal(refused.statusCode, 429)
  t.match(refused.headers['content-type'], 'application/problem+json')
  t.equal(refused.headers['retry-after'], '60')
  t.ok(refused.headers['x-request-id'])
  t.match(refused.json(), {
    type: 'urn:tributary:problem:rate-limited',
    detail: /^A client may make 1 request in 1 min; try again in \d+ s\.$/,
    instance: '/sources',
  })
  t.match(service.log.named('request refused'), [{ status: 429, type: 'rate-limited', path: '/sources' }])
})

t.test('no spelling of a request evades it', async (t) => {
  const asks: readonly Ask[] = [
    { url: '/sources' },
    { url: '/sources/' },
    { url: '/sources?x=1' },
    { method: 'HEAD' },
    { method: 'OPTIONS' },
    { method: 'DELETE' },
    { url: '/nowhere' },
    { url: '/aggregate' },
    { url: '/aggregate/home' },
    { url: '/aggregate/nope' },
    { method: 'POST', url: '/aggregate', body: { requests: [{ source: 'a' }] } },
    { url: '/sources', headers: { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=198.51.100.7' } },
    { url: '/sources', headers: { accept: 'text/html' } },
    { url: '/aggregate', headers: { host: 'other.example' } },
    { url: '/docs/nothing.js' },
  ]
  for (const ask of asks) {
    const service = await limited(t, 1)
    await statusOf(service)
    t.equal(await statusOf(service, ask), 429, JSON.stringify(ask))
    const counted = await limited(t, 1)
    await statusOf(counted, ask)
    t.equal(await statusOf(counted), 429, `counts: ${JSON.stringify(ask)}`)
  }
})

t.test('what is open has no limit, and takes nothing of it', async (t) => {
  const service = await limited(t, 1)
  for (const url of ['/health/live', '/health/ready', '/health/live', '/'])
    t.not(await statusOf(service, { url }), 429, url)
  t.equal(await statusOf(service), 200)
  t.equal(await statusOf(service, { url: '/health/live' }), 200)
})

t.test('each address has its own; those of one IPv6 network share', async (t) => {
  const service = await limited(t, 1)
  const from = (remoteAddress: string) => statusOf(service, { remoteAddress })
  t.same([await from('192.0.2.1'), await from('192.0.2.2'), await from('192.0.2.1')], [200, 200, 429])
  t.equal(await from('::ffff:192.0.2.1'), 429)
  t.same([await from('2001:db8::1'), await from('2001:db8::ffff:2'), await from('2001:db8:0:1::1')], [200, 429, 200])
})

t.test('X-Forwarded-For counts as far as trustProxy says', async (t) => {
  const service = await limited(t, 1, { trustProxy: ['10.0.0.0/8'] })
  const through = (forwarded: string, remoteAddress = '10.0.0.1') =>
    statusOf(service, { remoteAddress, headers: { 'x-forwarded-for': forwarded } })
  t.equal(await through('192.0.2.1'), 200)
  t.equal(await through('198.51.100.1, 192.0.2.1'), 429, 'what the client wrote before the proxy does not count')
  t.equal(await through('192.0.2.1:4711'), 429, 'nor does a port')
  t.equal(await through('192.0.2.2'), 200)
  t.equal(await through('192.0.2.3', '203.0.113.1'), 200)
  t.equal(await through('192.0.2.4', '203.0.113.1'), 429, 'a stranger is believed nothing')
})

t.test('a verified client has its own limit, wherever it is', async (t) => {
  const app = fastify()
  t.teardown(() => app.close())
  const counter = new MemoryCounter(new FakeClock())
  app.decorate('runtime', {
    config: { server: { rateLimit: { max: 1, perMs: 1000 } } },
    counter,
    clock: new FakeClock(),
    sampler: followClient,
    events: new Events(),
  } as never)
  app.decorate('cors', null)
  app.decorateRequest('client', null)
  app.addHook('onRequest', async (request) => {
    const key = request.headers['x-key']
    request.client = typeof key === 'string' ? { key, claims: null } : null
  })
  await app.register(errors)
  await app.register(rateLimit)
  app.get('/', async () => 'ok')
  const ask = async (key: string | null, remoteAddress: string) =>
    (await app.inject({ url: '/', remoteAddress, headers: key === null ? {} : { 'x-key': key } })).statusCode
  t.same([await ask('a', '192.0.2.1'), await ask('a', '192.0.2.2')], [200, 429])
  t.same([await ask('b', '192.0.2.1'), await ask(null, '192.0.2.1')], [200, 200])
})

t.test('a reload keeps what was counted, unless the limit changes', async (t) => {
  const configOf = (max: number, more: object = {}) => {
    const text = JSON.stringify({ server: { rateLimit: { max, per: '1m' }, ...more }, sources: SOURCES })
    const { config } = parseConfig(text, {})
    if (config === null) throw new Error('the configuration is wrong')
    return config
  }
  let runtime = Runtime.start(configOf(2), { log: memoryLog() })
  const ask = async (): Promise<number> => {
    const app = await buildApp(runtime)
    const { statusCode } = await app.inject('/sources')
    await app.close()
    return statusCode
  }
  const reload = (max: number, more: object = {}) => {
    const next = Runtime.from(configOf(max, more), runtime)
    runtime.release()
    runtime = next
  }
  t.same([await ask(), await ask()], [200, 200])
  reload(2, { maxInFlight: 7 })
  t.equal(await ask(), 429)
  reload(3)
  t.equal(await ask(), 200)
  runtime.release()
})

t.test('a new period begins, for many at once', async (t) => {
  const service = await inject(t, { server: { rateLimit: { max: 3, per: '300ms' } }, sources: SOURCES })
  for (let round = 0; round < 3; round += 1) {
    const all = await Promise.all(Array.from({ length: 10 }, () => statusOf(service)))
    t.equal(all.filter((status) => status === 200).length, 3)
    await new Promise((resolve) => setTimeout(resolve, 330))
  }
})

t.test('the document lists 429 for what is limited, and for nothing without a limit', async (t) => {
  const paths = ({ app }: Injected) => app.swagger().paths as Record<string, Record<string, { responses: object }>>
  const withLimit = paths(await limited(t, 1))
  const has = (path: string) => Object.hasOwn(withLimit[path]?.get?.responses ?? {}, '429')
  t.same(['/aggregate', '/aggregate/home', '/sources', '/health/live', '/health/ready'].map(has), [
    true,
    true,
    true,
    false,
    false,
  ])
  const without = await inject(t, { sources: SOURCES })
  t.notMatch(JSON.stringify(without.app.swagger()), /"429":|RateLimited/)
})
