import tls from 'node:tls'
import t from 'tap'
import { systemClock } from '../../src/core/deadline.ts'
import { createConnector } from '../../src/transport/connect.ts'
import { type Connection, MAX_IDLE_MS } from '../../src/transport/connection.ts'
import { Exchange } from '../../src/transport/exchange.ts'
import { Lookups } from '../../src/transport/lookup.ts'
import { Pool, type PoolOptions } from '../../src/transport/pool.ts'
import { eventually } from '../support/eventually.ts'
import { FakeClock } from '../support/fake-clock.ts'
import type { Owner } from '../support/owner.ts'
import { ca } from '../support/upstream/tls.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

const lookups = new Lookups(systemClock)
const CONNECT = {
  connectTimeoutMs: 1000,
  denyPrivateAddresses: false,
  tls: null,
  unixSocket: null,
  proxy: null,
  lookups,
}
const POOL = { ...CONNECT, maxHeaderBytes: 16_384, maxConnectionAgeMs: 300_000, maxIdleMs: 58_000, clock: systemClock }

function poolFor(t: Owner, origin: string, over: Partial<PoolOptions> = {}): Pool {
  const pool = new Pool({ origin, ...POOL, ...over })
  t.teardown(() => pool.close())
  return pool
}

function dispatch(connection: Connection, path: string): Promise<string> {
  return new Promise((resolve) => {
    const exchange = new Exchange(
      { maxBytes: 1000, keepsErrors: false, keptHeaders: [] },
      'connecting',
      connection,
      (exchanged) => resolve(exchanged.kind),
    )
    connection.dispatch({ method: 'GET', path, headers: [], body: null }, exchange)
  })
}

t.test('an idle connection whose socket closed is not reused', async (t) => {
  const upstream = await startUpstream(t)
  const pool = poolFor(t, upstream.origin)
  const first = pool.acquire()
  t.equal(await dispatch(first, '/ok'), 'body')
  pool.release(first)
  t.equal(pool.acquire(), first, 'the same while its socket lives')
  pool.release(first)
  upstream.dropAll()
  await eventually(() => !first.open)
  t.not(pool.acquire(), first)
})

t.test('idle connections that lose their sockets are removed', async (t) => {
  const upstream = await startUpstream(t)
  const pool = poolFor(t, upstream.origin)
  const three = [pool.acquire(), pool.acquire(), pool.acquire()]
  await Promise.all(three.map((connection) => dispatch(connection, '/ok')))
  for (const connection of three) pool.release(connection)
  t.equal(pool.size, 3)
  upstream.dropAll()
  await eventually(() => pool.size === 0)
})

t.test('an idle connection whose socket was just destroyed is not reused', async (t) => {
  const upstream = await startUpstream(t)
  const pool = poolFor(t, upstream.origin)
  const first = pool.acquire()
  await dispatch(first, '/ok')
  pool.release(first)
  Object.defineProperty(first, 'open', { value: false })
  t.not(pool.acquire(), first)
  t.equal(pool.size, 1, 'it is let go')
})

t.test('a discarded connection is not reused', async (t) => {
  const pool = poolFor(t, 'http://127.0.0.1:1')
  const first = pool.acquire()
  pool.discard(first)
  pool.discard(first)
  pool.release(first)
  t.not(pool.acquire(), first)
})

t.test('TLS by name: the session is resumed by the next connection', async (t) => {
  const before = tls.getCACertificates('default')
  tls.setDefaultCACertificates([...before, ca])
  t.teardown(() => tls.setDefaultCACertificates(before))
  const upstream = await startUpstream(t, { tls: 'good' })
  const connect = createConnector(CONNECT)
  const target = { protocol: 'https:', hostname: 'localhost', port: String(upstream.port) }
  const reused: boolean[] = []
  for (let n = 0; n < 2; n += 1) {
    await new Promise<void>((resolve, reject) => {
      connect(target, (error, socket) => {
        if (error !== null) return reject(error)
        reused.push((socket as tls.TLSSocket).isSessionReused())
        // TLS 1.3 hands out sessions after the handshake
        socket?.resume().once('close', resolve)
        setTimeout(() => socket?.destroy(), 50)
      })
    })
  }
  t.same(reused, [false, true])
})

t.test('the default port is that of the scheme', async (t) => {
  for (const protocol of ['http:', 'https:']) {
    const port = protocol === 'http:' ? 80 : 443
    const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      createConnector(CONNECT)({ protocol, hostname: '127.0.0.66', port: '' }, resolve)
    })
    t.match(error, { code: 'ECONNREFUSED', port })
  }
})

t.test('destroying a socket that is connecting calls the callback with an error', async (t) => {
  const upstream = await startUpstream(t)
  const error = await new Promise<Error | null>((resolve) => {
    const target = { protocol: 'http:', hostname: '127.0.0.1', port: String(upstream.port) }
    createConnector(CONNECT)(target, resolve).destroy()
  })
  t.match(error, { message: /closed while connecting/ })
})

t.test('an IPv6 address may be in brackets', async (t) => {
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    createConnector(CONNECT)({ protocol: 'http:', hostname: '[::1]', port: '1' }, resolve)
  })
  t.match(error, { code: /^E(CONNREFUSED|ADDRNOTAVAIL|AFNOSUPPORT|NETUNREACH)$/ }, 'it was no name to look up')
})

t.test('a private address is refused before anything is sent there', async (t) => {
  const upstream = await startUpstream(t)
  const connect = createConnector({ ...CONNECT, denyPrivateAddresses: true })
  for (const protocol of ['http:', 'https:']) {
    for (const hostname of ['127.0.0.1', '::1', '[::1]', '[::ffff:127.0.0.1]', 'localhost']) {
      const error = await new Promise<Error | null>((resolve) => {
        connect({ protocol, hostname, port: String(upstream.port) }, resolve)
      })
      t.match(error, { code: 'TRIBUTARY_ADDRESS_PROHIBITED' }, `${protocol} ${hostname}`)
    }
  }
  t.equal(upstream.connections, 0)
})

t.test('a closed pool reports it, and has destroyed its connections', async (t) => {
  const pool = poolFor(t, 'http://127.0.0.1:1')
  const connection = pool.acquire()
  t.equal(pool.closed, false)
  pool.close()
  t.equal(pool.closed, true)
  pool.release(connection)
  t.equal(connection.open, false)
})

t.test('an idle connection closes, whatever the source promises', async (t) => {
  t.ok(MAX_IDLE_MS < 60_000)
  const upstream = await startUpstream(t)
  const pool = poolFor(t, upstream.origin, { maxIdleMs: 300 })
  const connection = pool.acquire()
  t.equal(await dispatch(connection, '/ok?header=keep-alive:timeout=86400'), 'body')
  pool.release(connection)
  const startedAt = performance.now()
  await eventually(() => upstream.open === 0, 5000)
  t.ok(performance.now() - startedAt < 3000, 'within the bound and the second by which the timer may be late')
})

t.test('a connection is renewed at its age, and those opened together are not all renewed at once', async (t) => {
  const upstream = await startUpstream(t)
  const clock = new FakeClock()
  const pool = poolFor(t, upstream.origin, { clock, maxConnectionAgeMs: 1000 })
  const opened = Array.from({ length: 40 }, () => pool.open())
  await Promise.all(opened.map((connection) => dispatch(connection, '/ok')))
  const fresh = () => opened.filter((connection) => connection.fresh).length
  await clock.advance(799)
  t.equal(fresh(), 40)
  await clock.advance(101)
  t.ok(fresh() > 2 && fresh() < 38, `some are renewed (${40 - fresh()})`)
  await clock.advance(101)
  t.equal(fresh(), 0)
  for (const connection of opened) pool.release(connection)
  t.equal(pool.size, 0, 'none is kept')
  const next = pool.acquire()
  t.equal(await dispatch(next, '/ok'), 'body')
  pool.release(next)
  await clock.advance(1001)
  t.not(pool.acquire(), next, 'nor one that got too old while it was idle')
})
