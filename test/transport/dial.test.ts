import type { LookupAddress } from 'node:dns'
import { type LookupFunction, Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/core/deadline.ts'
import { alternating, Dial } from '../../src/transport/dial.ts'
import { type FindAddresses, Lookups } from '../../src/transport/lookup.ts'
import { eventually } from '../support/eventually.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { blackHole } from '../support/upstream/holes.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { benchFor, callFor } from './bench.ts'

/** Names with several addresses (RFC 8305), and names whose addresses change. */

const at = (address: string): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })

/** Every name has these addresses. */
function lookupsOf(addresses: () => readonly string[], clock = systemClock): Lookups {
  const find: FindAddresses = (_name, _options, callback) => setImmediate(() => callback(null, addresses().map(at)))
  return new Lookups(clock, find)
}

t.test('addresses of both families take turns', async (t) => {
  const order = (...addresses: string[]) => alternating(addresses.map(at)).map(({ address }) => address)
  t.same(order(), [])
  t.same(order('1.1.1.1'), ['1.1.1.1'])
  t.same(order('::1', '::2', '::3', '1.1.1.1', '2.2.2.2'), ['::1', '1.1.1.1', '::2', '2.2.2.2', '::3'])
  t.same(order('1.1.1.1', '2.2.2.2', '::1'), ['1.1.1.1', '::1', '2.2.2.2'])
})

for (const [first, tls] of [
  ['a black hole', undefined],
  ['a black hole', 'good'],
  ['a refusal', undefined],
] as const) {
  t.test(`${first} first, ${tls ?? 'http'}: the second address answers within the connect timeout`, async (t) => {
    const hole = await blackHole(t, '127.0.0.5')
    const refusing = first === 'a refusal'
    const upstream = await startUpstream(t, { port: hole.port, host: '127.0.0.2', ...(tls && { tls }) })
    const lookups = lookupsOf(() => [refusing ? '127.0.0.6' : '127.0.0.5', '127.0.0.2'])
    const origin = `${tls ? 'https' : 'http'}://two.example:${hole.port}`
    const { transport, seen } = benchFor(t, origin, { connectTimeoutMs: 900 }, { lookups })
    const startedAt = performance.now()
    const { failure } = await transport.attempt(callFor('/ok'))
    const tookMs = performance.now() - startedAt
    // the name of the certificate is another one, which shows that the host is verified, not the address
    t.equal(failure?.code ?? 'ok', tls ? 'tls_certificate_error' : 'ok', String(seen[0]?.reason))
    t.ok(tookMs < 900, `${tookMs} ms`)
    if (refusing) t.ok(tookMs < 245, `a refusal is not waited for (${tookMs} ms)`)
    transport.close()
    await eventually(() => upstream.open === 0)
  })
}

t.test('two black holes: one timeout for both', async (t) => {
  const hole = await blackHole(t, '127.0.0.5')
  const lookups = lookupsOf(() => ['127.0.0.5', '127.0.0.5', '127.0.0.5'])
  const { transport } = benchFor(t, `http://two.example:${hole.port}`, { connectTimeoutMs: 300 }, { lookups })
  const startedAt = performance.now()
  t.match(await transport.attempt(callFor('/ok')), { failure: { code: 'connection_timeout' } })
  const tookMs = performance.now() - startedAt
  t.ok(tookMs >= 298 && tookMs < 700, `${tookMs} ms`)
})

t.test('all addresses refuse: the call fails at once', async (t) => {
  const lookups = lookupsOf(() => ['127.0.0.6', '127.0.0.7', '127.0.0.8'])
  const { transport } = benchFor(t, 'http://three.example:1', { connectTimeoutMs: 900 }, { lookups })
  const startedAt = performance.now()
  t.match(await transport.attempt(callFor('/ok')), { failure: { code: 'connection_refused' } })
  t.ok(performance.now() - startedAt < 245)
})

/** A dial whose sockets the test connects. */
function stubbed(t: Test, addresses: readonly string[]) {
  const sockets: Socket[] = []
  const tried: (string | null)[] = []
  const ended: (Error | Socket | null)[] = []
  const lookups = lookupsOf(() => addresses)
  const open = (lookup: LookupFunction, address: string | null): Socket => {
    const socket = new Socket()
    sockets.push(socket)
    if (address === null) lookup('a.example', {}, (_error, found) => tried.push(String(found)))
    else tried.push(address)
    return socket
  }
  const dial = new Dial(
    { open, lookup: lookups.lookup, ready: 'connect', timeoutMs: 1000, extend: null },
    (error, socket) => {
      ended.push(error ?? socket)
    },
  )
  t.teardown(() => {
    dial.destroy()
    for (const socket of sockets) socket.destroy()
  })
  return { dial, sockets, tried, ended }
}

t.test('a slow first address is not given up when the second is tried', async (t) => {
  const { sockets, tried, ended } = stubbed(t, ['1.1.1.1', '2.2.2.2', '3.3.3.3'])
  await eventually(() => tried.length === 2)
  t.same(tried, ['1.1.1.1', '2.2.2.2'])
  t.notOk(sockets[0]?.destroyed)
  sockets[0]?.emit('connect')
  t.equal(ended[0], sockets[0])
  t.same(
    sockets.map(({ destroyed }) => destroyed),
    [false, true],
    'the others are closed',
  )
  await pause(400)
  t.same([tried.length, ended.length], [2, 1], 'and no further one is tried')
})

t.test('one that is given up closes all sockets, and tells once', async (t) => {
  const { dial, sockets, tried, ended } = stubbed(t, ['1.1.1.1', '2.2.2.2'])
  await eventually(() => tried.length === 2)
  dial.destroy()
  dial.destroy()
  t.ok(sockets.every(({ destroyed }) => destroyed))
  await pause(20)
  t.match(ended, [{ message: /closed while connecting/ }])
  t.equal(ended.length, 1)
})

t.test('a changed DNS answer is followed when connections have reached their age', async (t) => {
  const before = await startUpstream(t, { host: '127.0.0.2' })
  const after = await startUpstream(t, { host: '127.0.0.3', port: before.port })
  const clock = new FakeClock()
  let address = '127.0.0.2'
  const lookups = lookupsOf(() => [address], clock)
  const origin = `http://moves.example:${before.port}`
  const { transport } = benchFor(t, origin, { maxConnectionAgeMs: 60_000 }, { clock, lookups })
  const ask = async () => {
    t.match(await transport.attempt(callFor('/ok')), { failure: null })
    return [before.count('/ok'), after.count('/ok')]
  }
  t.same(await ask(), [1, 0])
  address = '127.0.0.3'
  await clock.advance(40_000)
  t.same(await ask(), [2, 0], 'steady traffic keeps the connection')
  await clock.advance(20_001)
  t.same(await ask(), [2, 1])
  await eventually(() => before.open === 0)
})
