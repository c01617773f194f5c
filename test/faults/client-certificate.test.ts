import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import t from 'tap'
import { build } from '../support/build.ts'
import { get } from '../support/client.ts'
import type { Owner } from '../support/owner.ts'
import { ca, certificateFile, type TlsVariant, tlsOptions } from '../support/upstream/tls.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** `tls` of a source: its own authority, certificate and name, with real handshakes. */

const own = {
  ca: certificateFile('ca'),
  cert: certificateFile('client'),
  key: certificateFile('key'),
}

for (const tls of ['client-certificate', 'client-certificate-1.2'] satisfies TlsVariant[]) {
  t.test(`${tls}: who shows it gets in; who does not is refused once, and nothing is shown`, async (t) => {
    const upstream = await startUpstream(t, { tls })
    const url = upstream.url('/ok')
    const service = await build(t, {
      defaults: { retry: { attempts: 3 }, timeout: '2s', connectTimeout: '2s' },
      sources: {
        shown: { url, tls: own },
        none: { url, tls: { ca: own.ca } },
        // of an authority that the upstream does not know: a server of Node closes the connection without an alert
        unknown: { url, tls: { ...own, cert: certificateFile('self-signed') } },
        write: { url, method: 'POST', body: { pad: 'x'.repeat(60_000) }, tls: { ca: own.ca } },
      },
      views: { write: { method: 'POST', sources: ['write', 'shown'] } },
    })
    for (let times = 0; times < 3; times += 1) {
      const { json } = await service.get('/aggregate')
      t.same(json.data, { shown: { ok: true }, none: null, unknown: null })
      t.match(json.failedSources, [
        { id: 'none', code: 'tls_alert_received', attempts: 1, retryable: false },
        { id: 'unknown', code: 'connection_terminated' },
      ])
      t.equal(json.failedSources[0].message, 'none has refused the TLS connection; it may want a client certificate')
    }
    const { json } = await service.get('/aggregate/write', { method: 'POST' })
    t.match(json.failedSources, [{ code: 'tls_alert_received', message: /certificate$/ }], 'and it was not carried out')
    const sources = await get(`${service.address}/sources`)
    const shown = [JSON.stringify(service.log.lines), sources.body, JSON.stringify(json)].join()
    t.notMatch(shown, /\.pem|BEGIN |certs\//)
  })
}

t.test('the breaker counts refusals', async (t) => {
  const upstream = await startUpstream(t, { tls: 'client-certificate' })
  const breaker = { minCalls: 2, failureRate: 0.5 }
  const service = await build(t, {
    sources: { a: { url: upstream.url('/ok'), tls: { ca: own.ca }, connectTimeout: '1s', breaker } },
  })
  const codes = []
  for (let times = 0; times < 3; times += 1) codes.push((await service.get('/aggregate')).json.failedSources[0].code)
  t.same(codes, ['tls_alert_received', 'tls_alert_received', 'destination_unavailable'])
})

t.test('ca is trusted beside the authorities of the system, and by its source only', async (t) => {
  const upstream = await startUpstream(t, { tls: 'good' })
  const url = upstream.url('/ok')
  const service = await build(t, {
    defaults: { retry: false, connectTimeout: '1s' },
    sources: {
      trusts: { url, tls: { ca: own.ca } },
      other: { url, tls: { ca: certificateFile('self-signed') } },
      none: { url },
    },
  })
  const { json } = await service.get('/aggregate')
  t.same(json.data, { trusts: { ok: true }, other: null, none: null })
  t.match(json.failedSources, [{ code: 'tls_certificate_error' }, { code: 'tls_certificate_error' }])
})

t.test('serverName is the name that the certificate must have; the host is still checked without it', async (t) => {
  const upstream = await startUpstream(t, { tls: 'wrong-host' })
  const url = upstream.url('/ok')
  const sources = {
    named: { url, tls: { ca: own.ca, serverName: 'other.example' } },
    misnamed: { url, tls: { ca: own.ca, serverName: 'users.internal' } },
    host: { url, tls: { ca: own.ca } },
  }
  const service = await build(t, { defaults: { retry: false, connectTimeout: '1s' }, sources })
  const { json } = await service.get('/aggregate')
  t.same(json.data, { named: { ok: true }, misnamed: null, host: null })
  t.match(json.failedSources, [{ code: 'tls_certificate_error' }, { code: 'tls_certificate_error' }])
})

t.test('an expired certificate and a wrong protocol stay what they were', async (t) => {
  for (const [tls, code] of [
    ['expired', 'tls_certificate_error'],
    ['self-signed', 'tls_certificate_error'],
    ['old-protocol', 'tls_protocol_error'],
    ['plain', 'tls_protocol_error'],
  ] as const) {
    const upstream = await startUpstream(t, { tls })
    const service = await build(t, { sources: { a: { url: upstream.url('/ok'), tls: own, connectTimeout: '1s' } } })
    t.match((await service.get('/aggregate')).json.failedSources, [{ code, attempts: 1 }], tls)
  }
})

/** Answers with the name of the client's certificate and the server's name, and whether the session was resumed. */
async function startTelling(t: Owner): Promise<string> {
  const options = { ...tlsOptions('good'), requestCert: true, rejectUnauthorized: false, ca }
  const server = createServer(options, ({ socket }, response) => {
    const peer = socket as TLSSocket & { readonly servername: string | false }
    const name = peer.getPeerCertificate().subject?.CN ?? null
    const { authorized, servername } = peer
    response.setHeader('connection', 'close')
    response.end(JSON.stringify({ name, authorized, servername, resumed: peer.isSessionReused() }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

t.test('sessions are resumed, but never with the certificate or name of another source', async (t) => {
  const url = await startTelling(t)
  const sources = {
    shown: { url, tls: own },
    none: { url, tls: { ca: own.ca } },
    named: { url, tls: { ca: own.ca, serverName: 'localhost' } },
  }
  const service = await build(t, { defaults: { timeout: '2s', connectTimeout: '2s' }, sources })
  const told = async () => (await service.get('/aggregate')).json.data
  const client = 'Tributary test client'
  const expected = (resumed: boolean) => ({
    shown: { name: client, authorized: true, servername: false, resumed },
    none: { name: null, authorized: false, servername: false, resumed },
    named: { name: null, authorized: false, servername: 'localhost', resumed },
  })
  t.same(await told(), expected(false))
  for (let times = 0; times < 3; times += 1) t.same(await told(), expected(true))
})
