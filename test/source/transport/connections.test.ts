import tls from 'node:tls'
import t from 'tap'
import { newRecord } from '../../../src/source/call.ts'
import { Cancel } from '../../../src/source/cancel.ts'
import { createConnector } from '../../../src/source/transport/connect.ts'
import { Exchange } from '../../../src/source/transport/exchange.ts'
import { type Connection, Pool } from '../../../src/source/transport/pool.ts'
import { Transport } from '../../../src/source/transport/transport.ts'
import { eventually } from '../../support/eventually.ts'
import type { Owner } from '../../support/owner.ts'
import { ca } from '../../support/upstream/tls.ts'
import { startUpstream } from '../../support/upstream/upstream.ts'

function poolFor(t: Owner, origin: string): Pool {
  const pool = new Pool({ origin, connectTimeoutMs: 1000, maxHeaderBytes: 16_384 })
  t.teardown(() => pool.close())
  return pool
}

function dispatch(connection: Connection, path: string): Promise<string> {
  return new Promise((resolve) => {
    const exchange = new Exchange(1000, 'connecting', connection, (exchanged) => resolve(exchanged.kind))
    connection.dispatch({ method: 'GET', path, headers: [], body: null }, exchange)
  })
}

t.test('a connection that lost its socket while idle is not handed out again', async (t) => {
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

t.test('one that was discarded does not come back', async (t) => {
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
  const connect = createConnector(1000)
  const target = { protocol: 'https:', hostname: 'localhost', port: String(upstream.port) }
  const reused: boolean[] = []
  for (let n = 0; n < 2; n += 1) {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(target, (error) => {
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

t.test('without a port it is the one of the scheme', async (t) => {
  for (const protocol of ['http:', 'https:']) {
    const port = protocol === 'http:' ? 80 : 443
    const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      createConnector(1000)({ protocol, hostname: '127.0.0.66', port: '' }, resolve)
    })
    t.match(error, { code: 'ECONNREFUSED', port })
  }
})

t.test('a socket that is destroyed while it connects tells', async (t) => {
  const upstream = await startUpstream(t)
  const error = await new Promise<Error | null>((resolve) => {
    const target = { protocol: 'http:', hostname: '127.0.0.1', port: String(upstream.port) }
    createConnector(1000)(target, resolve).destroy()
  })
  t.match(error, { message: /closed while connecting/ })
})

t.test('a call that was called off before its attempt makes none', async (t) => {
  const transport = new Transport(
    { origin: 'http://127.0.0.1:1', connectTimeoutMs: 100, maxBytes: 100, emptyStatuses: [] },
    () => t.fail('an attempt was made'),
  )
  t.teardown(() => transport.close())
  const cancel = new Cancel()
  cancel.cancel('client')
  const outcome = await transport.attempt({
    id: 'a',
    source: 'a',
    requestId: 'r',
    traceId: 't',
    request: { method: 'GET', path: '/', headers: [], body: null },
    deadline: { at: 0, cause: 'batch', spanMs: 0 },
    cancel,
    record: newRecord(),
  })
  t.match(outcome, { failure: { code: 'cancelled' } })
})
