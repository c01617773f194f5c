import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { type Built, build } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import { get } from '../support/get.ts'
import type { Owner } from '../support/owner.ts'
import { noRedis, noRedisTls, type RedisServer, startRedis } from '../support/redis.ts'
import { startProcess } from '../support/service-process.ts'
import { undisturbed } from '../support/undisturbed.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

/** Services that share a real Redis while it works. */

t.setTimeout(120_000)
const skip = noRedis

/** A configuration with one source, whose answer is as long as the client says. */
export function configOf(upstream: Upstream, url: string, more: object = {}): object {
  return {
    server: { docs: false },
    redis: { url },
    sources: {
      a: {
        url: upstream.url('/ok{?q,bytes,json}'),
        params: { q: {}, bytes: {}, json: {} },
        maxBytes: '4mb',
        cache: { ttl: '1m' },
      },
    },
    ...more,
  }
}

const states = ({ log }: Built) => log.named('redis').map(({ available, reason }) => reason ?? available)

/** A test that is repeated where the machine held Redis up. */
function shared(name: string, scenario: (owner: Owner, connect: Connected) => Promise<void>) {
  t.test(name, { skip }, (t) => undisturbed(t, (owner) => scenario(owner, (config) => connected(owner, config))))
}

async function connected(owner: Owner, config: object): Promise<Built> {
  const service = await build(owner, config)
  await eventually(() => states(service).at(-1) === true, 5000)
  return service
}

type Connected = (config: object) => Promise<Built>

async function pairOf(owner: Owner, connect: Connected, redis: RedisServer, more: object = {}) {
  const upstream = await startUpstream(owner)
  const config = configOf(upstream, redis.url, more)
  return { upstream, one: await connect(config), two: await connect(config) }
}

async function fromOf(service: Built, query: string) {
  const { json, body } = await service.get(`/aggregate?explain=true&${query}`)
  if (json.meta === undefined) throw new Error(body)
  return json.meta.sources.a
}

shared('what one service has fetched, another one serves, with its age', async (owner, connect) => {
  const { upstream, one, two } = await pairOf(owner, connect, await startRedis(owner))
  assert.equal((await fromOf(one, 'q=1')).from, 'live')
  await pause(300)
  const { from, ageMs } = await fromOf(two, 'q=1')
  assert.equal(from, 'cache')
  assert.ok(ageMs >= 250 && ageMs < 10_000, `age ${ageMs}`)
  assert.equal((await fromOf(two, 'q=2')).from, 'live', 'another request')
  assert.equal(upstream.requests.length, 2)
  assert.deepEqual((await one.get('/aggregate?q=1')).json.data, (await two.get('/aggregate?q=1')).json.data)
  assert.deepEqual([states(one), states(two)], [[true], [true]])
})

shared('an empty answer and a JSON null are shared, too', async (owner, connect) => {
  const { upstream, one, two } = await pairOf(owner, connect, await startRedis(owner))
  await fromOf(one, 'json=null')
  assert.equal((await fromOf(two, 'json=null')).from, 'cache')
  assert.deepEqual((await two.get('/aggregate?json=null')).json.data, { a: null })
  assert.equal(upstream.requests.length, 1)
})

shared('an answer above 1 MiB stays in the process that fetched it', async (owner, connect) => {
  const redis = await startRedis(owner)
  const { upstream, one, two } = await pairOf(owner, connect, redis)
  for (const [bytes, calls] of [
    [1_048_576, 1],
    [1_048_577, 2],
  ] as const) {
    upstream.reset()
    assert.equal((await fromOf(one, `bytes=${bytes}`)).from, 'live')
    await pause(100)
    assert.equal((await fromOf(one, `bytes=${bytes}`)).from, 'cache')
    await fromOf(two, `bytes=${bytes}`)
    assert.equal(upstream.requests.length, calls, `${bytes} bytes`)
  }
  assert.equal(await redis.call('DBSIZE'), 1)
})

shared('a source that is configured otherwise does not get the answers of another one', async (owner, connect) => {
  const redis = await startRedis(owner)
  const { one, upstream } = await pairOf(owner, connect, redis)
  await fromOf(one, 'q=1')
  const config = configOf(upstream, redis.url) as { sources: { a: object } }
  const other = await connect({
    ...config,
    sources: { a: { ...config.sources.a, headers: { 'x-key': 'secret' } } },
  })
  assert.equal((await fromOf(other, 'q=1')).from, 'live')
})

shared('keys are digests, with our name and version', async (owner, connect) => {
  const redis = await startRedis(owner)
  const { one } = await pairOf(owner, connect, redis, { server: { docs: false, rateLimit: { max: 5, per: '1m' } } })
  await fromOf(one, 'q=who-am-i')
  await pause(50)
  const keys = [String(await redis.call('EVAL', "return table.concat(redis.call('KEYS', '*'), ' ')", 0))]
    .join(' ')
    .split(' ')
  assert.equal(keys.length, 2)
  for (const key of keys) assert.match(key, /^tributary:1:(cache|limit:5:60000):[\w-]{43}$/)
})

shared('whatever else stands under a key is no answer, and is written over', async (owner, connect) => {
  const redis = await startRedis(owner)
  const { one, two, upstream } = await pairOf(owner, connect, redis)
  await fromOf(one, 'q=1')
  await fromOf(one, 'q=2')
  await pause(50)
  const [key = '', other = ''] = String(
    await redis.call('EVAL', "return table.concat(redis.call('KEYS', '*'), ' ')", 0),
  ).split(' ')
  const good = `redis.call('SET', KEYS[1], redis.call('GET', KEYS[1])`
  const spoilt = [
    "redis.call('SET', KEYS[1], 'x')",
    "redis.call('SET', KEYS[1], '', 'PX', 60000)",
    `${good}:sub(1, -2), 'PX', 50000)`,
    `${good} .. ' ', 'PX', 50000)`,
    `${good}:gsub('true', 'ture'), 'PX', 50000)`,
    `${good})`,
    `${good}, 'PX', 9000000)`,
    "redis.call('SET', KEYS[1], redis.call('GET', KEYS[2]), 'PX', 50000)",
    "redis.call('DEL', KEYS[1]) redis.call('RPUSH', KEYS[1], 'x')",
    "redis.call('SETRANGE', KEYS[1], 30000000, 'x')",
  ]
  for (const script of spoilt) {
    await redis.call('EVAL', script, 2, key, other)
    upstream.reset()
    const answers = await Promise.all([two.get('/aggregate?q=1'), two.get('/aggregate?q=2')])
    assert.deepEqual(
      answers.map(({ json }) => json.data.a.ok),
      [true, true],
      script,
    )
    await eventually(() => upstream.requests.length === 1, 1000)
    await pause(50)
    assert.equal((await fromOf(one, 'q=1')).from, 'cache', 'written over')
    assert.equal((await fromOf(one, 'q=2')).from, 'cache', 'written over')
  }
  assert.deepEqual(states(two), [true])
})

shared('FLUSHALL empties the cache of all', async (owner, connect) => {
  const redis = await startRedis(owner)
  const { one, two } = await pairOf(owner, connect, redis)
  await fromOf(one, 'q=1')
  await redis.call('FLUSHALL')
  assert.equal((await fromOf(one, 'q=1')).from, 'live')
  assert.equal((await fromOf(two, 'q=1')).from, 'cache')
})

shared('two services together allow what the rate limit says', async (owner, connect) => {
  const redis = await startRedis(owner)
  const { one, two } = await pairOf(owner, connect, redis, {
    server: { docs: false, rateLimit: { max: 10, per: '1m' } },
  })
  const all = Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? one : two).get('/sources'))
  const statuses = (await Promise.all(all)).map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 200).length, 10)
  assert.equal(statuses.filter((status) => status === 429).length, 20)
})

shared('a counter without an end gets one', async (owner, connect) => {
  const redis = await startRedis(owner)
  const { one } = await pairOf(owner, connect, redis, { server: { docs: false, rateLimit: { max: 2, per: '1m' } } })
  await one.get('/sources')
  const key = String(await redis.call('EVAL', "return redis.call('KEYS', '*limit*')[1]", 0))
  await redis.call('PERSIST', key)
  assert.equal((await one.get('/sources')).status, 200)
  assert.ok(Number(await redis.call('PTTL', key)) > 0)
  await redis.call('SET', key, 'x')
  assert.equal((await one.get('/sources')).status, 429, 'what this process has counted decides')
  assert.deepEqual(states(one), [true])
})

shared('user, password and database are those of the URL', async (owner, connect) => {
  const redis = await startRedis(owner)
  await redis.call('ACL', 'SETUSER', 'app', 'on', '>s:e@c#t', '~tributary:*', '+@all')
  await redis.call('CONFIG', 'SET', 'requirepass', 'other')
  const upstream = await startUpstream(owner)
  const url = `redis://app:s%3Ae%40c%23t@127.0.0.1:${redis.port}/3`
  const one = await connect(configOf(upstream, url))
  await fromOf(one, 'q=1')
  const two = await connect(configOf(upstream, url))
  assert.equal((await fromOf(two, 'q=1')).from, 'cache')
  assert.ok(!JSON.stringify(one.log.lines).includes('s:e@c'))
})

t.test('over TLS, with an authority of NODE_EXTRA_CA_CERTS', { skip: noRedisTls }, (t) =>
  undisturbed(t, async (owner) => {
    const redis = await startRedis(owner, { tls: true })
    const upstream = await startUpstream(owner)
    const config = configOf(upstream, redis.url)
    const ca = new URL('../support/upstream/certs/ca.pem', import.meta.url).pathname
    const ask = async (NODE_EXTRA_CA_CERTS: string) => {
      const { address, lines } = await startProcess(owner, { config, env: { NODE_EXTRA_CA_CERTS } })
      const origin = await address()
      await eventually(() => lines.some(({ msg }) => msg === 'redis'), 10_000)
      const { json } = await get(`${origin}/aggregate?explain=true`)
      return [lines.find(({ msg }) => msg === 'redis')?.reason, json.meta.sources.a.from]
    }
    assert.deepEqual(await ask(ca), [null, 'live'])
    assert.deepEqual(await ask(ca), [null, 'cache'])
    assert.deepEqual(await ask(''), ['tls_error', 'live'])
  }),
)
