import { createServer } from 'node:net'
import tls from 'node:tls'
import t from 'tap'
import { eventually } from '../support/eventually.ts'
import { type ProxyManners, startHttpProxy } from '../support/http-proxy.ts'
import { trackLeaks } from '../support/leaks.ts'
import { ca } from '../support/upstream/tls.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { callFor, proxiedBench } from './bench.ts'

/** Proxies that are spoken to over TLS. */

const OK = { failure: null, upstreamStatus: 200 }

function trustProxies(owner: { teardown(end: () => void): void }): void {
  const before = tls.getCACertificates('default')
  tls.setDefaultCACertificates([...before, ca])
  owner.teardown(() => tls.setDefaultCACertificates(before))
}

t.test('TLS to the proxy, and for https TLS with the source in it', async (t) => {
  trustProxies(t)
  for (const secure of [true, false]) {
    const upstream = await startUpstream(t, secure ? { tls: 'good' } : {})
    const names = { 'localhost:443': upstream.port, 'a.example': upstream.port }
    const proxy = await startHttpProxy(t, { tls: 'good', credentials: 'ada:pw', names })
    const url = `https://ada:pw@localhost:${proxy.port}`
    const { transport } = proxiedBench(t, secure ? 'https://localhost' : 'http://a.example', url)
    const leaks = trackLeaks(t)
    for (let times = 0; times < 3; times += 1) t.match(await transport.attempt(callFor('/ok')), OK)
    t.match(await transport.attempt(callFor('/rst-in-body')), { failure: { code: 'http_response_incomplete' } })
    t.match(await transport.attempt(callFor('/ok')), OK)
    transport.close()
    await eventually(() => proxy.open === 0)
    await leaks.assertNone()
  }
})

const wrong = async (t: Parameters<typeof startUpstream>[0], manners: ProxyManners, origin: string) => {
  const proxy = await startHttpProxy(t, manners)
  const url = `https://127.0.0.1:${proxy.port}`
  const leaks = trackLeaks(t)
  const { transport, seen } = proxiedBench(t, origin, url)
  const outcome = await transport.attempt(callFor('/ok', {}, { headers: ['host', 'b.example'] }))
  await eventually(() => proxy.open === 0)
  await leaks.assertNone()
  return { code: outcome.failure?.code, reason: seen[0]?.reason, proxy }
}

for (const origin of ['https://localhost', 'http://a.example']) {
  t.test(`${origin}: a proxy whose certificate is not that of its host`, async (t) => {
    trustProxies(t)
    const { code, reason, proxy } = await wrong(t, { tls: 'wrong-host' }, origin)
    t.equal(code, 'tls_certificate_error')
    t.equal(reason, 'ERR_TLS_CERT_ALTNAME_INVALID')
    t.equal(proxy.connections, 1, 'undici does not try it again')
  })

  t.test(`${origin}: tls of the source says nothing about the proxy`, async (t) => {
    const { code } = await wrong(t, { tls: 'good' }, origin)
    t.equal(code, 'tls_certificate_error')
  })

  t.test(`${origin}: a proxy that wants a certificate gets none`, async (t) => {
    trustProxies(t)
    const { code } = await wrong(t, { tls: 'client-certificate' }, origin)
    t.match(code, /^(tls_alert_received|connection_terminated)$/)
  })

  t.test(`${origin}: a proxy that speaks no TLS`, async (t) => {
    const { code } = await wrong(t, {}, origin)
    t.equal(code, 'tls_protocol_error')
  })
}

t.test('a proxy that is silent in the handshake', async (t) => {
  const server = createServer((socket) => socket.on('error', () => {}).resume())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const { transport } = proxiedBench(t, 'https://localhost', `https://127.0.0.1:${port}`, { connectTimeoutMs: 200 })
  const startedAt = performance.now()
  t.match(await transport.attempt(callFor('/ok')), { failure: { code: 'connection_timeout' } })
  const tookMs = performance.now() - startedAt
  t.ok(tookMs >= 198 && tookMs < 1900, `${tookMs} ms`)
})
