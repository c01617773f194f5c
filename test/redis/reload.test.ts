import assert from 'node:assert/strict'
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config/load.ts'
import { Runtime } from '../../src/runtime.ts'
import { memoryLog } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import { trackLeaks } from '../support/leaks.ts'
import { noRedis, startRedis } from '../support/redis.ts'
import { undisturbed } from '../support/undisturbed.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** A reload that changes which Redis there is: unchanged sources keep their store, and what is behind it changes. */

t.setTimeout(60_000)

function configOf(source: string, url: string | null, maxBytes = '1mb') {
  const redis = url === null ? false : { url }
  const text = { redis, cache: { maxBytes }, sources: { a: { url: source, cache: { ttl: '1m' } } } }
  const { config } = parseConfig(JSON.stringify(text), {})
  if (config === null) throw new Error('the configuration is wrong')
  return config
}

t.test('without Redis, with one, with another, and without', { skip: noRedis }, (t) =>
  undisturbed(t, async (owner) => {
    const upstream = await startUpstream(owner)
    const [one, two] = [await startRedis(owner), await startRedis(owner)]
    const leaks = trackLeaks(owner)
    const log = memoryLog()
    const source = upstream.url('/ok')
    let runtime = Runtime.start(configOf(source, null), { log })
    const reload = async (url: string | null, maxBytes?: string) => {
      const told = log.named('redis').length
      const next = Runtime.from(configOf(source, url, maxBytes), runtime)
      runtime.release()
      runtime = next
      runtime.useStores()
      if (url !== null) await eventually(() => log.named('redis').length > told, 5000)
    }
    const from = async () => {
      const app = await buildApp(runtime)
      const { json } = { json: (await app.inject('/aggregate?explain=true')).json() }
      await app.close()
      return json.meta.sources.a.from
    }
    assert.deepEqual([await from(), await from()], ['live', 'cache'])
    await reload(one.url)
    assert.equal(await from(), 'live')
    await eventually(() => upstream.requests.length === 2)
    await reload(two.url, '2mb')
    assert.equal(await from(), 'live', 'another Redis')
    await reload(null)
    assert.equal(await from(), 'cache', 'what this process has kept')
    assert.equal(Number(await one.call('DBSIZE')) + Number(await two.call('DBSIZE')), 2)
    runtime.release()
    await leaks.assertNone(5000)
  }),
)

t.test('the same Redis keeps its connection', { skip: noRedis }, async (t) => {
  const redis = await startRedis(t)
  const log = memoryLog()
  const first = Runtime.start(configOf('http://127.0.0.1:1/', redis.url), { log })
  await eventually(() => log.named('redis').length === 1, 5000)
  const second = Runtime.from(configOf('http://127.0.0.1:1/x', redis.url), first)
  first.release()
  const clients = String(await redis.call('CLIENT', 'LIST'))
    .trim()
    .split('\n')
  t.equal(clients.length, 2, 'ours, and the one that asks')
  second.release()
})
