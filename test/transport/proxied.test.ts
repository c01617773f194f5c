import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import t from 'tap'
import { Cancel } from '../../src/core/cancel.ts'
import { systemClock } from '../../src/core/deadline.ts'
import { createConnector } from '../../src/transport/connect.ts'
import { Lookups } from '../../src/transport/lookup.ts'
import { eventually } from '../support/eventually.ts'
import { startHttpProxy } from '../support/http-proxy.ts'
import { trackLeaks } from '../support/leaks.ts'
import { blackHole, refusedPort } from '../support/upstream/holes.ts'
import { ca, certificateFile } from '../support/upstream/tls.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { callFor, proxiedBench } from './bench.ts'

/** Attempts through a proxy: what works, how long it may take, and what is left. */

const OK = { failure: null, upstreamStatus: 200 }

for (const [name, write] of [
  [
    'after interim answers',
    (client: Duplex) =>
      client.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\na: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'),
  ],
  ['in HTTP/1.0, without a reason', (client: Duplex) => client.write('HTTP/1.0 200\r\n\r\n')],
  ['with status 204', (client: Duplex) => client.write('HTTP/1.1 204 None\r\nx: y\r\n\r\n')],
  [
    'byte by byte',
    async (client: Duplex) => {
      for (const byte of 'HTTP/1.1 200 OK\r\nx: y\r\n\r\n') {
        client.write(byte)
        await pause(1)
      }
    },
  ],
] as const) {
  t.test(`a tunnel is opened ${name}`, async (t) => {
    const upstream = await startUpstream(t, { tls: 'good' })
    const proxy = await startHttpProxy(t, {
      answer: async (client) => {
        const socket = connect(upstream.port, '127.0.0.1')
        client.on('close', () => socket.destroy())
        socket.on('close', () => client.destroy())
        client.pause()
        await write(client)
        client.pipe(socket).pipe(client)
      },
    })
    const { transport } = proxiedBench(t, 'https://localhost', proxy.origin)
    t.match(await transport.attempt(callFor('/ok')), OK)
  })
}

t.test('its connections are used again, and replaced where they were closed while idle', async (t) => {
  for (const variant of ['good', undefined] as const) {
    const upstream = await startUpstream(t, variant && { tls: variant })
    const names = { 'localhost:443': upstream.port, 'a.example:80': upstream.port, 'a.example': upstream.port }
    const proxy = await startHttpProxy(t, { names })
    const { transport } = proxiedBench(t, variant ? 'https://localhost' : 'http://a.example', proxy.origin)
    for (let times = 0; times < 3; times += 1) t.match(await transport.attempt(callFor('/ok')), OK)
    const [client] = [proxy.open]
    t.ok(client >= 1)
    const before = proxy.seen.length
    t.equal(before, variant ? 1 : 3)
    proxy.dropAll()
    t.match(await transport.attempt(callFor('/ok')), OK, 'the stale connection costs nothing')
    t.equal(proxy.seen.length, before + 1)
    t.equal(upstream.count('/ok'), 4)
  }
})

t.test('cancelled at any stage, it settles at once and leaves nothing', async (t) => {
  const stages: readonly (readonly [string, (client: Duplex) => unknown])[] = [
    ['in CONNECT', () => {}],
    ['in TLS', (client) => client.write('HTTP/1.1 200 OK\r\n\r\n')],
  ]
  for (const [stage, answer] of stages) {
    const proxy = await startHttpProxy(t, { answer })
    const { transport } = proxiedBench(t, 'https://localhost', proxy.origin)
    const leaks = trackLeaks(t)
    const cancel = new Cancel()
    const running = transport.attempt(callFor('/ok', { cancel }))
    await eventually(() => proxy.seen.length === 1)
    await pause(20)
    const startedAt = performance.now()
    cancel.cancel('client')
    t.match(await running, { failure: { code: 'cancelled' } }, stage)
    t.ok(performance.now() - startedAt < 1000)
    await eventually(() => proxy.open === 0)
    await leaks.assertNone()
    t.equal(cancel.listeners, 0)
  }
})

t.test('closing the transport in CONNECT ends it', async (t) => {
  const proxy = await startHttpProxy(t, { answer: () => {} })
  const { transport } = proxiedBench(t, 'https://localhost', proxy.origin)
  const running = transport.attempt(callFor('/ok'))
  await eventually(() => proxy.seen.length === 1)
  transport.close()
  t.match(await running, { failure: { code: 'connection_terminated', counts: false } })
  await eventually(() => proxy.open === 0)
})

t.test('a proxy that cannot be reached', async (t) => {
  const [refusing, hole] = [await refusedPort(t), await blackHole(t)]
  const lost = new Lookups(systemClock, (_name, _options, callback) => {
    setImmediate(() => callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []))
  })
  for (const [url, code] of [
    [refusing.origin, 'connection_refused'],
    [hole.origin, 'connection_timeout'],
    ['http://proxy.example:3128', 'dns_error'],
  ] as const) {
    for (const origin of ['https://localhost', 'http://localhost']) {
      const over = { connectTimeoutMs: code === 'connection_timeout' ? 200 : 3000 }
      const { transport } = proxiedBench(t, origin, url, over, code === 'dns_error' ? { lookups: lost } : {})
      const startedAt = performance.now()
      t.match(await transport.attempt(callFor('/ok')), { failure: { code } }, `${code} ${origin}`)
      const tookMs = performance.now() - startedAt
      t.ok(code === 'connection_timeout' ? tookMs >= 198 && tookMs < 1900 : tookMs < 1700, `${tookMs} ms`)
    }
  }
})

t.test(
  'the name of the proxy is looked up, and its addresses are tried side by side; that of the source is not',
  async (t) => {
    const hole = await blackHole(t, '127.0.0.5')
    const upstream = await startUpstream(t, { tls: 'good' })
    const asked: string[] = []
    const lookups = new Lookups(systemClock, (name, _options, callback) => {
      asked.push(name)
      const addresses = ['127.0.0.5', '127.0.0.2'].map((address) => ({ address, family: 4 }))
      setImmediate(() => callback(null, addresses))
    })
    const proxy = await startHttpProxy(t, {
      host: '127.0.0.2',
      port: hole.port,
      names: { 'localhost:443': upstream.port },
    })
    const url = `http://proxy.example:${proxy.port}`
    const { transport } = proxiedBench(t, 'https://localhost', url, {}, { lookups })
    const startedAt = performance.now()
    t.match(await transport.attempt(callFor('/ok')), OK)
    t.ok(performance.now() - startedAt < 2500)
    t.same(asked, ['proxy.example'])
  },
)

t.test('IPv6 addresses stand in brackets', async (t) => {
  const heads: string[] = []
  const answer = (client: Duplex, authority: string): void => {
    heads.push(authority)
    client.end('HTTP/1.1 503 x\r\n\r\n')
  }
  const proxy = await startHttpProxy(t, { answer })
  const { transport } = proxiedBench(t, 'https://[2001:db8::1]:8443', proxy.origin)
  t.match(await transport.attempt(callFor('/ok')), { failure: { code: 'connection_refused' } })
  t.same(heads, ['[2001:db8::1]:8443'])
  const local = proxiedBench(t, 'https://localhost', 'http://[::1]:1', { connectTimeoutMs: 200 })
  const { failure } = await local.transport.attempt(callFor('/ok'))
  t.match(failure?.code, /^connection_refused$/, 'it was no name to look up')
})

t.test('TLS is with the source: its name is verified, or the one in tls.serverName', async (t) => {
  const upstream = await startUpstream(t, { tls: 'good' })
  const names = { 'localhost:443': upstream.port, 'other.example:443': upstream.port }
  const proxy = await startHttpProxy(t, { names })
  const { transport } = proxiedBench(t, 'https://localhost', proxy.origin)
  t.match(await transport.attempt(callFor('/ok')), OK)
  const other = proxiedBench(t, 'https://other.example', proxy.origin)
  t.match(await other.transport.attempt(callFor('/ok')), { failure: { code: 'tls_certificate_error' } })
  const named = { ca, cert: null, key: null, serverName: 'localhost' }
  const renamed = proxiedBench(t, 'https://other.example', proxy.origin, { tls: named })
  t.match(await renamed.transport.attempt(callFor('/ok')), OK)
})

t.test('TLS is with the source: it gets our certificate', async (t) => {
  const upstream = await startUpstream(t, { tls: 'client-certificate' })
  const proxy = await startHttpProxy(t, { names: { 'localhost:443': upstream.port } })
  const own = (name: string) => readFileSync(certificateFile(name), 'utf8')
  const shown = { ca, cert: own('client'), key: own('key'), serverName: null }
  const { transport } = proxiedBench(t, 'https://localhost', proxy.origin, { tls: shown })
  t.match(await transport.attempt(callFor('/ok')), OK)
  const none = proxiedBench(t, 'https://localhost', proxy.origin)
  t.match(await none.transport.attempt(callFor('/ok')), { failure: { code: 'tls_alert_received' } })
})

t.test('TLS is with the source: its session is resumed in the next tunnel', async (t) => {
  const upstream = await startUpstream(t, { tls: 'good' })
  const { port } = await startHttpProxy(t, { names: { 'localhost:443': upstream.port } })
  const connect = createConnector({
    ...{ connectTimeoutMs: 5000, denyPrivateAddresses: false, unixSocket: null, lookups: new Lookups(systemClock) },
    tls: { ca, cert: null, key: null, serverName: null },
    proxy: { host: '127.0.0.1', port, tls: false, authorization: null, written: '' },
  })
  const reused: boolean[] = []
  for (let n = 0; n < 2; n += 1) {
    await new Promise<void>((resolve, reject) => {
      connect({ protocol: 'https:', hostname: 'localhost', port: '' }, (error, socket) => {
        if (error !== null) return reject(error)
        reused.push((socket as TLSSocket).isSessionReused())
        // TLS 1.3 hands out sessions after the handshake
        socket?.resume().once('close', resolve)
        setTimeout(() => socket?.destroy(), 50)
      })
    })
  }
  t.same(reused, [false, true])
})
