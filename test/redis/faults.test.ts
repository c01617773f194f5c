import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { type Built, build } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import type { Owner } from '../support/owner.ts'
import { noRedis, startRedis } from '../support/redis.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { undisturbed } from '../support/undisturbed.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** A Redis that does not work, in every way we know: answers go on, in time. */

t.setTimeout(180_000)

/** A test that is repeated where the machine held Redis or the service up. */
function fault(name: string, skip: string | false, scenario: (owner: Owner) => Promise<void>): void {
  t.test(name, { skip }, (t) => undisturbed(t, scenario))
}

interface Options {
  readonly rateLimit?: object
  readonly ttl?: string
}

async function service(owner: Owner, url: string, { rateLimit, ttl = '1m' }: Options = {}) {
  const upstream = await startUpstream(owner)
  const built = await build(owner, {
    server: { docs: false, rateLimit: rateLimit ?? { max: 100_000, per: '1h' } },
    redis: { url },
    sources: { a: { url: upstream.url('/ok{?q}'), params: { q: {} }, cache: { ttl } } },
  })
  return { upstream, built }
}

const states = ({ log }: Built) => log.named('redis').map(({ available, reason }) => reason ?? available)
const untilState = (built: Built, state: unknown) => eventually(() => states(built).at(-1) === state, 10_000)

interface Seen {
  readonly lost: number
  readonly worstMs: number
  readonly count: number
}

/** Asks 100 times a second, each time for something else, while `during` runs. */
async function underLoad(built: Built, during: () => Promise<void>): Promise<Seen> {
  let running = true
  const answers: Promise<{ status: number; ms: number }>[] = []
  const load = (async () => {
    for (let n = 0; running; n += 1) {
      answers.push(built.get(`/aggregate?q=${n}`, { timeoutMs: 30_000 }).catch(() => ({ status: 0, ms: 0 })))
      await pause(10)
    }
  })()
  await during()
  running = false
  await load
  const all = await Promise.all(answers)
  return {
    lost: all.filter(({ status }) => status !== 200).length,
    worstMs: Math.round(Math.max(...all.map(({ ms }) => ms))),
    count: all.length,
  }
}

/** A machine with other work may hold an answer up by itself; without the bound, these would take the whole deadline. */
const WIDE_MS = 1800

function report(what: string, { lost, worstMs, count }: Seen): void {
  t.comment(`${what}: ${count} answers, ${lost} lost, the slowest took ${worstMs} ms`)
  assert.equal(lost, 0)
  assert.ok(count > 5)
  assert.ok(worstMs < WIDE_MS, `${worstMs} ms`)
}

fault('stopped with SIGSTOP under load, and continued', noRedis, async (owner) => {
  const redis = await startRedis(owner)
  const { built } = await service(owner, redis.url)
  await untilState(built, true)
  const seen = await underLoad(built, async () => {
    await pause(500)
    redis.signal('SIGSTOP')
    await pause(1500)
    redis.signal('SIGCONT')
    await untilState(built, true)
    await pause(300)
  })
  report('SIGSTOP', seen)
  assert.ok(states(built).includes('timeout'))
  assert.equal(built.log.named('redis').filter((line, n, all) => line.available === all[n - 1]?.available).length, 0)
})

fault('killed under load, and started again', noRedis, async (owner) => {
  const redis = await startRedis(owner)
  const { built } = await service(owner, redis.url)
  await untilState(built, true)
  const seen = await underLoad(built, async () => {
    await pause(300)
    await redis.kill()
    await pause(1000)
    await redis.restart()
    await untilState(built, true)
  })
  report('killed', seen)
  assert.equal(built.log.named('redis').filter((line, n, all) => line.available === all[n - 1]?.available).length, 0)
})

fault('what this process fetched is served while Redis is gone', noRedis, async (owner) => {
  const redis = await startRedis(owner)
  const { built, upstream } = await service(owner, redis.url)
  await untilState(built, true)
  await built.get('/aggregate?q=1')
  await redis.kill()
  await eventually(() => states(built).at(-1) !== true, 5000)
  assert.equal((await built.get('/aggregate?explain=true&q=1')).json.meta.sources.a.from, 'cache')
  assert.equal(upstream.requests.length, 1)
})

fault('the rate limit holds while Redis is gone, with what was counted before', noRedis, async (owner) => {
  const redis = await startRedis(owner)
  const { built } = await service(owner, redis.url, { rateLimit: { max: 4, per: '1m' } })
  await untilState(built, true)
  const ask = async () => (await built.get('/sources')).status
  assert.deepEqual([await ask(), await ask()], [200, 200])
  await redis.kill()
  await eventually(() => states(built).at(-1) !== true, 5000)
  assert.deepEqual([await ask(), await ask(), await ask()], [200, 200, 429])
})

fault('a process that starts without Redis starts, and uses it when it comes', noRedis, async (owner) => {
  const redis = await startRedis(owner)
  await redis.kill()
  const { built } = await service(owner, redis.url)
  assert.equal((await built.get('/aggregate?q=1')).status, 200)
  await untilState(built, 'connection_refused')
  await pause(500)
  await redis.restart()
  await untilState(built, true)
  assert.deepEqual(states(built), ['connection_refused', true])
  assert.ok(built.log.named('redis').every((line) => !JSON.stringify(line).includes(String(redis.port))))
})

/** Ways in which Redis refuses to write: what is done to it, how it is undone, and the reason in the log. */
const REFUSALS: Readonly<Record<string, readonly [set: readonly string[][], undo: readonly string[][]]>> = {
  read_only: [[['REPLICAOF', '127.0.0.1', '1']], [['REPLICAOF', 'NO', 'ONE']]],
  no_replicas: [[['CONFIG', 'SET', 'min-replicas-to-write', '1']], [['CONFIG', 'SET', 'min-replicas-to-write', '0']]],
  out_of_memory: [
    [
      ['CONFIG', 'SET', 'maxmemory-policy', 'noeviction'],
      ['CONFIG', 'SET', 'maxmemory', '1'],
    ],
    [['CONFIG', 'SET', 'maxmemory', '0']],
  ],
}
for (const [reason, [set, undo]] of Object.entries(REFUSALS)) {
  fault(`a Redis that does not write: ${reason}`, noRedis, async (owner) => {
    const redis = await startRedis(owner)
    const { built, upstream } = await service(owner, redis.url)
    await untilState(built, true)
    for (const command of set) await redis.call(...command)
    assert.equal((await built.get('/aggregate?q=1')).status, 200)
    await untilState(built, reason)
    assert.equal((await built.get('/aggregate?q=1&explain=true')).json.meta.sources.a.from, 'cache')
    assert.equal(upstream.requests.length, 1)
    for (const command of undo) await redis.call(...command)
    await untilState(built, true)
  })
}

fault('a wrong password, and then the right one', noRedis, async (owner) => {
  const redis = await startRedis(owner, { args: ['--requirepass', 'right-one'] })
  const { built } = await service(owner, `redis://:pass-word-1@127.0.0.1:${redis.port}`)
  await untilState(built, 'authentication_failed')
  assert.equal((await built.get('/aggregate?q=1')).status, 200)
  await pause(700)
  assert.deepEqual(states(built), ['authentication_failed'], 'told once')
  await redis.restart('--requirepass', 'pass-word-1')
  await untilState(built, true)
  assert.ok(!/pass-word|right-one/.test(JSON.stringify(built.log.lines)))
})

fault('a user that may not run one of our commands', noRedis, async (owner) => {
  const redis = await startRedis(owner)
  await redis.call('ACL', 'SETUSER', 'app', 'on', '>x', '~*', '+@all', '-eval')
  const { built } = await service(owner, `redis://app:x@127.0.0.1:${redis.port}`)
  await untilState(built, 'no_permission')
  await pause(500)
  assert.deepEqual(states(built), ['no_permission'])
})

fault('a database that is not there', noRedis, async (owner) => {
  const redis = await startRedis(owner)
  const { built } = await service(owner, `${redis.url}/9999`)
  await untilState(built, 'no_such_database')
})

fault('busy with a command of somebody else', noRedis, async (owner) => {
  const redis = await startRedis(owner)
  const { built } = await service(owner, redis.url)
  await untilState(built, true)
  const seen = await underLoad(built, async () => {
    await pause(300)
    await redis.call('DEBUG', 'SLEEP', '1')
    await untilState(built, true)
  })
  report('DEBUG SLEEP', seen)
})

for (const latencyMs of [15, 45, 300]) {
  fault(`slow: ${latencyMs} ms in each direction`, noRedis, async (owner) => {
    const redis = await startRedis(owner)
    const proxy = await startTcpProxy(owner, redis)
    const { built } = await service(owner, `redis://127.0.0.1:${proxy.port}`)
    await untilState(built, true)
    const seen = await underLoad(built, async () => {
      await pause(300)
      proxy.set({ latencyMs })
      await pause(1500)
      proxy.set({ latencyMs: null })
      await untilState(built, true)
    })
    report(`${latencyMs} ms each way`, seen)
    assert.ok(states(built).some((state) => state === 'slow' || state === 'timeout'))
  })
}

/** Starts a server that answers every command of a connection with these bytes, again and again if there are no pauses. */
async function startLiar(owner: Owner, answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.on('data', () => answer(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  owner.teardown(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return `redis://127.0.0.1:${(server.address() as { port: number }).port}`
}

const LIES: Readonly<Record<string, string | Buffer>> = {
  HTTP: 'HTTP/1.1 400 Bad Request\r\n\r\n',
  'lists without end': '*1\r\n'.repeat(100_000),
  'a list of any length': '*999999999999\r\n',
  'a string of any length': '$999999999999\r\n',
  'a string that is too long': '$400000000\r\nx',
  'a line without end': Buffer.alloc(100_000, 'x'),
  'numbers that are none': ':1x\r\n',
  'more replies than commands': '+OK\r\n'.repeat(1000),
  zeros: Buffer.alloc(1000),
}
for (const [what, bytes] of Object.entries(LIES)) {
  fault(`what is not Redis: ${what}`, false, async (owner) => {
    const url = await startLiar(owner, (socket) => socket.write(bytes))
    const { built } = await service(owner, url)
    await untilState(built, 'protocol_error')
    const seen = await underLoad(built, () => pause(700))
    report(what, seen)
    assert.deepEqual(states(built), ['protocol_error'])
  })
}

fault('what is not Redis: bytes without end', false, async (owner) => {
  const url = await startLiar(owner, (socket) => {
    const chunk = Buffer.alloc(1024 * 1024, '$')
    const more = () => socket.writable && socket.write(chunk, more)
    more()
  })
  const { built } = await service(owner, url)
  await untilState(built, 'protocol_error')
  const before = process.memoryUsage().rss
  report('bytes without end', await underLoad(built, () => pause(1500)))
  const grownMb = (process.memoryUsage().rss - before) / 1024 / 1024
  assert.ok(grownMb < 300, `${Math.round(grownMb)} MB more`)
})

fault('what is not Redis: it agrees to everything', false, async (owner) => {
  const url = await startLiar(owner, (socket) => socket.write('+OK\r\n'.repeat(5)))
  const { built } = await service(owner, url)
  const seen = await underLoad(built, () => pause(700))
  report('agrees', seen)
  assert.deepEqual(states(built), ['protocol_error'])
})

fault('it accepts connections and says nothing', false, async (owner) => {
  const url = await startLiar(owner, () => {})
  const { built } = await service(owner, url)
  report('silent', await underLoad(built, () => pause(700)))
  await untilState(built, 'timeout')
})

fault('a service stops at once, whatever Redis does', noRedis, async (owner) => {
  const redis = await startRedis(owner)
  const { built } = await service(owner, redis.url)
  await untilState(built, true)
  redis.signal('SIGSTOP')
  const asked = built.get('/aggregate?q=1')
  await asked
  const startedAt = performance.now()
  await built.stop()
  assert.ok(performance.now() - startedAt < 2000)
})
